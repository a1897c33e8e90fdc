"""Throughput, packets and round trips: through a tunnel, and through the plain path.

The plain path is host -> device -> outside -> host of the same kernel: veth pairs and a bridge,
without tunnel, as a peer in the same run.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Interface
from typing import Any

from landbridge.network.drivers import links, netns
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import Address, Veth

SECONDS = 5
_PLAIN = ("lbplain-a", "lbplain-b")
_PLAIN_ADDRESSES = ("192.0.2.1", "192.0.2.2")


@contextmanager
def plain_path() -> Iterator[tuple[str, str, str]]:
    """Two namespaces joined by one veth pair; yields both names and the second's address."""
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
        yield *_PLAIN, _PLAIN_ADDRESSES[1]
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


def iperf(client: str, server: str, address: str, *options: str) -> dict[str, Any]:
    """Run iperf3 from one namespace to another; returns its report."""
    with _server(server), netns.inside(client):
        done = subprocess.run(
            ["iperf3", "--client", address, "--json", "--time", str(SECONDS), *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS + 30,
        )
    report: dict[str, Any] = json.loads(done.stdout)
    if "error" in report:
        raise RuntimeError(f"iperf3 {' '.join(options)}: {report['error']}")
    return report


def tcp(client: str, server: str, address: str, *options: str) -> float:
    """TCP throughput received, Gbit/s."""
    report = iperf(client, server, address, *options)
    return float(report["end"]["sum_received"]["bits_per_second"]) / 1e9


def packets(client: str, server: str, address: str, offered: int) -> dict[str, float]:
    """UDP packets of 64 bytes: thousands per second delivered of those offered."""
    rate = ("--udp", "--length", "64", "--bitrate", f"{offered * 64 * 8}")
    end = iperf(client, server, address, *rate)["end"]["sum"]
    sent, lost = end["packets"], end["lost_packets"]
    return {
        "offered_kpps": round(offered / 1000, 1),
        "sent_kpps": round(sent / end["seconds"] / 1000, 1),
        "delivered_kpps": round((sent - lost) / end["seconds"] / 1000, 1),
    }


def round_trip(client: str, address: str) -> float:
    """Mean round trip of 100 pings, milliseconds."""
    with netns.inside(client):
        done = subprocess.run(
            ["ping", "-q", "-i", "0.02", "-c", "100", address],
            capture_output=True,
            text=True,
            check=True,
        )
    found = re.search(r"= [\d.]+/([\d.]+)/", done.stdout)
    assert found is not None
    return float(found[1])
