"""TCP throughput, round trips and failover: through a tunnel, and through the plain path.

The plain path is host -> device -> outside -> host of the same kernel: veth pairs and a bridge,
without tunnel, as a peer in the same run.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Interface
from typing import Any

from landbridge.network.drivers import links, netns
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import Address, Veth
from network.installation import Pinger, ping, wait_until
from network.world import World

SECONDS = 5
_PLAIN = ("lbplain-a", "lbplain-b")
_PLAIN_ADDRESSES = ("192.0.2.1", "192.0.2.2")


@dataclass(frozen=True, slots=True)
class Ends:
    """A path: the namespaces where traffic comes from and goes to, and the latter's address."""

    client: str
    server: str
    address: str


@contextmanager
def plain_path() -> Iterator[Ends]:
    """Two namespaces joined by one veth pair."""
    namespaces = Namespaces()
    try:
        for name in _PLAIN:
            namespaces.create(name, {})
        links.add_veth(
            namespaces,
            Veth(namespace=_PLAIN[0], name="eth0", peer_namespace=_PLAIN[1], peer_name="eth0"),
        )
        for name, address in zip(_PLAIN, _PLAIN_ADDRESSES, strict=True):
            links.add_address(
                namespaces,
                Address(namespace=name, link="eth0", address=IPv4Interface(f"{address}/24")),
            )
        yield Ends(*_PLAIN, _PLAIN_ADDRESSES[1])
    finally:
        for name in _PLAIN:
            if name in netns.listed():
                namespaces.remove(name)
        namespaces.close()


@contextmanager
def _server(namespace: str) -> Iterator[None]:
    with netns.inside(namespace):
        server = subprocess.Popen(
            ["iperf3", "--server", "--forceflush"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "listening" in line:
                break
        yield
    finally:
        server.terminate()
        server.wait()


def iperf(ends: Ends, *options: str, seconds: int = SECONDS) -> dict[str, Any]:
    """Run iperf3 over a path; returns its report."""
    with _server(ends.server), netns.inside(ends.client):
        done = subprocess.run(
            ["iperf3", "--client", ends.address, "--json", "--time", str(seconds), *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + 30,
        )
    report: dict[str, Any] = json.loads(done.stdout)
    if "error" in report:
        raise RuntimeError(f"iperf3 {' '.join(options)}: {report['error']}")
    return report


def gbit_s(report: dict[str, Any]) -> float:
    """TCP throughput received, of all streams."""
    return float(report["end"]["sum_received"]["bits_per_second"]) / 1e9


def tcp(ends: Ends, *options: str) -> float:
    """TCP throughput received, Gbit/s."""
    return gbit_s(iperf(ends, *options))


def round_trip(ends: Ends) -> float:
    """Mean round trip of 100 pings, milliseconds."""
    with netns.inside(ends.client):
        done = subprocess.run(
            ["ping", "-q", "-i", "0.02", "-c", "100", ends.address],
            capture_output=True,
            text=True,
            check=True,
        )
    found = re.search(r"= [\d.]+/([\d.]+)/", done.stdout)
    assert found is not None
    return float(found[1])


def failover(world: World) -> float:
    """How long pings go unanswered when the device closes the tunnel in use, milliseconds."""
    pinger = Pinger(world.device.host, world.address)
    world.device.fail(1)
    wait_until(lambda: world.telemetry()[0][0] == "DOWN", "the tunnel is down")
    wait_until(lambda: ping(world.device.host, world.address), "the other tunnel carries pings")
    _, lost = pinger.stop()
    return round(lost * Pinger.INTERVAL * 1000)
