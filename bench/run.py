"""`make bench`: measure everything, write `bench/results.json` and print tables.

PYTHONPATH=tests python -m bench.run [SECTION ...]     only these; the other figures stay
PYTHONPATH=tests python -m bench.run --quick datapath  a short look; nothing is written
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.table import Table

from bench import (
    datapath,
    datapath_goals,
    machine,
    moto,
    packets,
    processes,
    requests,
    scale,
    traffic,
)
from bench.datapath_traffic import Durations
from bench.installed import installation
from bench.traffic import Ends
from landbridge import settings
from landbridge.network import probe
from landbridge.network.drivers import netns
from network.installation import ping, wait_until
from network.world import World

RESULTS = Path(__file__).with_name("results.json")
console = Console(stderr=True, highlight=False)


def one_connection() -> dict[str, Any]:
    """Times of one connection, its traffic, and its failover."""
    with installation("lbba") as service:
        world = World(service)
        world.build_vpc()
        begun = time.monotonic()
        world.build_connection()
        available = time.monotonic() - begun
        text = world.file()
        begun = time.monotonic()
        world.device = world.lab.build(world.vpn, text)
        wait_until(lambda: world.up() == 2, "both tunnels are up")
        started = time.monotonic() - begun
        wait_until(lambda: ping(world.device.host, world.address), "pings are answered")
        allow_traffic(world)
        tunnel = Ends(world.device.host, world.instance_namespace, world.address)
        generator = packets.Generator(service.directory)
        results = {
            "create_to_available_s": round(available, 2),
            "device_start_to_2_tunnels_with_bgp_s": round(started, 2),
            "through_a_tunnel": path(tunnel, generator),
        }
        with traffic.plain_path() as plain:
            results["plain_veth"] = path(plain, generator)
        results["tunnel_to_plain_veth"] = {
            name: round(results["through_a_tunnel"][name] / results["plain_veth"][name], 3)
            for name in ("tcp_out_gbit_s", "tcp_back_gbit_s", "ping_ms")
        }
        results["failover_ms"] = traffic.failover(world)
    return results


def allow_traffic(world: World) -> None:
    """Let the LAN reach the instance's iperf3 and packet sink."""
    for protocol, (first, last) in (("tcp", (5201, 5201)), ("udp", packets.PORTS)):
        world.ec2.authorize_security_group_ingress(
            GroupId=world.group, IpProtocol=protocol, FromPort=first, ToPort=last,
            CidrIp="192.168.10.0/24",
        )  # fmt: skip
    last_rule = "-".join(map(str, packets.PORTS))
    wait_until(lambda: last_rule in _rules(world), "the instance's ports are open")


def _rules(world: World) -> str:
    with netns.inside(world.instance_namespace):
        return subprocess.run(
            ["nft", "list", "ruleset"], capture_output=True, text=True, check=True
        ).stdout


def path(ends: Ends, generator: packets.Generator) -> dict[str, Any]:
    """All figures of one path."""
    return {
        "tcp_out_gbit_s": round(traffic.tcp(ends), 2),
        "tcp_back_gbit_s": round(traffic.tcp(ends, "--reverse"), 2),
        "udp_64_bytes": [generator.packets(ends, 64, kpps, 2.0) for kpps in (50, 100, 150)],
        "ping_ms": round(traffic.round_trip(ends), 3),
    }


def describing() -> dict[str, Any]:
    """DescribeVpnConnections with 1, 100 and 1,000 connections, beside moto; the agent sleeps."""
    results: dict[str, Any] = {}
    with (
        installation("lbbb", LANDBRIDGE_OUTSIDE_POOL="10.64.0.0/16") as service,
        moto.server() as port,
    ):
        os.kill(service.pid("agent"), 19)  # SIGSTOP: 2,000 daemons are not what is measured
        known = json.loads(service.landbridge("env", "--json").stdout)
        keys = known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"]
        clients = service.client, moto.client(port)
        made = 0
        try:
            for count in (1, 100, 1000):
                while made < count:
                    for ec2 in clients:
                        create_connection(ec2, made)
                    made += 1
                servers = {
                    "landbridge": requests.Asker(service.port, *keys),
                    "moto": requests.Asker(port, *moto.CREDENTIALS),
                }
                results[str(count)] = requests.compare(servers)
        finally:
            os.kill(service.pid("agent"), 9)
    return results


def create_connection(ec2: Any, number: int) -> None:
    """One more connection, of a customer and on a gateway of its own."""
    cgw = ec2.create_customer_gateway(
        Type="ipsec.1", IpAddress=f"192.0.{2 + number // 250}.{1 + number % 250}", BgpAsn=65000
    )["CustomerGateway"]["CustomerGatewayId"]
    vgw = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=cgw, VpnGatewayId=vgw)


def many(connections: int) -> dict[str, Any]:
    """Bring up many connections at once; what a tunnel costs in memory and processor time."""
    with installation("lbbc") as service:
        worlds: list[World] = []
        begun = time.monotonic()
        for number in range(connections):
            world = World(service)
            if number % 10 == 0:
                world.build_vpc(cidr=f"10.{number}.0.0/16", subnet=f"10.{number}.1.0/24")
            else:
                world.vgw = worlds[-1].vgw
            world.create_connection(asn=64600 + number)
            worlds.append(world)
        wait_until(lambda: available(worlds[0]) == connections, "all are available", seconds=90)
        created = time.monotonic() - begun
        begun = time.monotonic()
        for world in worlds:
            world.build_site()
        built = time.monotonic() - begun
        wait_until(lambda: tunnels_up(worlds[0]) == 2 * connections, "all are up", seconds=180)
        return {
            "tunnels": 2 * connections,
            "created_and_available_s": round(created, 2),
            "sites_built_s": round(built, 2),
            "all_up_with_bgp_s": round(time.monotonic() - begun, 2),
            **processes.cost(service, 2 * connections),
        }


def available(world: World) -> int:
    """How many connections are available."""
    listed = world.ec2.describe_vpn_connections()["VpnConnections"]
    return sum(one["State"] == "available" for one in listed)


def tunnels_up(world: World) -> int:
    """How many tunnels of all connections are up with a route."""
    return sum(
        one["Status"] == "UP" and one["AcceptedRouteCount"] > 0
        for connection in world.ec2.describe_vpn_connections()["VpnConnections"]
        for one in connection.get("VgwTelemetry", [])
    )


def main() -> None:
    """Measure and write."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # and clean up
    quick = "--quick" in sys.argv[1:]
    durations = datapath.QUICK if quick else Durations()
    steps: dict[str, Callable[[Callable[[str], None]], Any]] = {
        "datapath": lambda say: datapath.measure(say, durations),
        "one_connection": lambda _: one_connection(),
        "describe_vpn_connections": lambda _: describing(),
        "scale": lambda _: [many(count) for count in (1, 10, 50)],
        "steps": lambda say: scale.measure(say, scale.QUICK if quick else scale.SIZES),
    }
    chosen = [name for name in sys.argv[1:] if name != "--quick"]
    if unknown := set(chosen) - set(steps):
        sys.exit(f"No section {', '.join(sorted(unknown))}; there are {', '.join(steps)}.")
    results: dict[str, Any] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251
        "machine": machine.describe(),
        "esp": probe.of(settings.from_environment()).settled().value,
    }
    if chosen and not quick and RESULTS.exists():
        results = json.loads(RESULTS.read_text()) | results  # the other figures stay
    for name in chosen or steps:
        with console.status(f"Measuring {name.replace('_', ' ')} ...") as status:
            results[name] = steps[name](lambda text, status=status: progress(status, text))
    if not quick:
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print_tables(results)


def progress(status: Status, text: str) -> None:
    """Say what is being measured, where there is no terminal too."""
    status.update(f"Measuring {text} ...")
    if not console.is_terminal:
        console.print(f"Measuring {text} ...")


def print_tables(results: dict[str, Any]) -> None:
    """Print what was measured, some of it in tables of its own."""
    output = Console(width=140)
    apart = ("datapath", "steps")
    output.print(table({name: value for name, value in results.items() if name not in apart}))
    if "steps" in results:
        output.print()
        output.print(scale.table(results["steps"]))
    if "datapath" in results:
        output.print()
        datapath_goals.show(results["datapath"], output)


def table(results: dict[str, Any]) -> Table:
    """Draw the figures."""
    drawn = Table("Measured", "Figure", box=None, pad_edge=False)
    for name, value in flat(results):
        drawn.add_row(name, str(value))
    return drawn


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Walk through nested results."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name} {key}".strip())
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from flat(inner, f"{name} #{number}")
    else:
        yield name.replace("_", " "), value


if __name__ == "__main__":
    main()
