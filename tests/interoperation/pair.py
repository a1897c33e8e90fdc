"""Two tunnel endpoints and nothing else: charon on both sides, ESP by espd or by the kernel.

    lbt*-a-inside        lbt*-a           lbt*-nat          lbt*-b        lbt*-b-inside
    169.254.9.1 ==tunnel interface== 192.0.2.1 -- [router] -- 192.0.2.65 ==interface== 169.254.9.2

The router is there so that a test can put a NAT, a loss or another address on the way.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import vici

from landbridge.network import strongswan
from landbridge.network.drivers import links, routes
from landbridge.network.drivers.charon import Charons
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import (
    CHILD,
    Address,
    Charon,
    Connection,
    Route,
    Secret,
    TunnelInterface,
    Veth,
)
from landbridge.network.strongswan import IF_ID, Esp
from landbridge.settings import Settings
from landbridge.vpn.observed import Counters
from network.installation import PATIENCE, SLOWNESS, wait_until

PSK = "a key for tests only"
SYSCTLS = {"net.ipv4.ip_forward": "1", "net.ipv4.conf.all.rp_filter": "0"}
MTU = 1400
DEAD_AFTER = 16
"Seconds until an IKEv2 peer that does not answer is given up; the first ten are not waited."
_MAIN = 254


@dataclass(frozen=True)
class Side:
    """One endpoint."""

    name: str
    esp: Esp
    address: IPv4Interface
    router: IPv4Address
    inside: IPv4Interface


A = ("192.0.2.1/26", "192.0.2.2", "169.254.9.1/30")
B = ("192.0.2.65/26", "192.0.2.66", "169.254.9.2/30")


class Pair:
    """Both endpoints, up to charon; `connected` brings a tunnel up."""

    observed = (0, 1)
    "The sides whose charon and data path tell what they see."

    def __init__(self, directory: Path, esp: tuple[Esp, Esp]) -> None:
        prefix = f"lbt{os.getpid() % 1000:03d}"
        self._directory = directory
        self.namespaces = Namespaces()
        self.charons = Charons(directory)
        self.nat = f"{prefix}-nat"
        self.sides = tuple(
            Side(
                f"{prefix}-{name}",
                kind,
                IPv4Interface(address),
                IPv4Address(router),
                IPv4Interface(inside),
            )
            for name, kind, (address, router, inside) in zip("ab", esp, (A, B), strict=True)
        )
        self._tunnels = {
            side.name: Tunnels(side.esp, directory, Settings().datapath_dir) for side in self.sides
        }

    def build(self) -> None:
        """Make everything."""
        self.namespaces.create(self.nat, SYSCTLS)
        for side in self.sides:
            self._build_outside(side)
            self._build_endpoint(side)

    def _build_endpoint(self, side: Side) -> None:
        self._build_inside(side)
        environment = self._tunnels[side.name].before_charon(side.name)
        assert environment is not None
        settings = strongswan.settings(dead_after=DEAD_AFTER)
        charon = Charon(namespace=side.name, digest="test", settings=settings)
        self.charons.start(charon, environment).wait()
        self.charons.load_secret(Secret(namespace=side.name, id="psk", data=PSK))

    def _build_outside(self, side: Side) -> None:
        port = side.name[-1]
        self.namespaces.create(side.name, SYSCTLS)
        links.add_veth(
            self.namespaces,
            Veth(namespace=side.name, name="uplink", peer_namespace=self.nat, peer_name=port),
        )
        router = IPv4Interface((side.router, side.address.network.prefixlen))
        for where, link, address in (
            (side.name, "uplink", side.address),
            (self.nat, port, router),
        ):
            links.add_address(self.namespaces, Address(namespace=where, link=link, address=address))
        routes.set_route(
            self.namespaces,
            Route(
                namespace=side.name,
                destination=IPv4Network("0.0.0.0/0"),
                table=_MAIN,
                link="uplink",
                via=side.router,
            ),
        )

    def _build_inside(self, side: Side) -> None:
        inside = f"{side.name}-inside"
        self.namespaces.create(inside, SYSCTLS)
        interface = TunnelInterface(
            namespace=inside, name="tunnel", endpoint=side.name, kind=side.esp.link_kind, mtu=MTU
        )
        starting = self._tunnels[side.name].add(self.namespaces, interface)
        if starting:
            starting.wait()
        links.add_address(
            self.namespaces, Address(namespace=inside, link="tunnel", address=side.inside)
        )
        links.set_up(self.namespaces, inside, "tunnel", up=True)

    @contextmanager
    def connected(self, *, anywhere: bool = False, **options: Any) -> Iterator[None]:
        """A tunnel, started by the first side; ended again by it.

        `anywhere`: the second side takes the first from any address.
        """
        first, second = self.sides
        connections = [
            self.connection(first, second, str(second.address.ip), **options),
            self.connection(
                second, first, "%any" if anywhere else str(first.address.ip), **options
            ),
        ]
        for connection in connections:
            self.charons.load_connection(connection)
        try:
            with self.session(0) as session:
                list(session.initiate({"child": CHILD, "ike": "test", "timeout": "20000"}))
            yield
        finally:
            for connection in connections:
                self.charons.unload_connection(connection)

    def connection(
        self,
        ours: Side,
        theirs: Side,
        remote: str,
        *,
        esp: str,
        ike: str = "2",
        phase1: str = "aes256-sha256-ecp256",
        encap: bool = False,
        dpd: str = "0s",
        **changed: Any,
    ) -> Connection:
        """A side's connection; the keys of its child may be changed."""
        child = {
            "local_ts": ["0.0.0.0/0"],
            "remote_ts": ["0.0.0.0/0"],
            "esp_proposals": [esp],
            "replay_window": "1024",
            "rekey_time": "0s",
            "life_time": "1h",
            "copy_df": "no",
            "dpd_action": "clear",
            **changed,
        }
        definition = {
            "version": ike,
            "local_addrs": [str(ours.address.ip)],
            "remote_addrs": [remote],
            "proposals": [phase1],
            "encap": "yes" if encap else "no",
            "if_id_in": str(IF_ID),
            "if_id_out": str(IF_ID),
            "mobike": "no",
            "unique": "replace",
            "rekey_time": "0s",
            "dpd_delay": dpd,
            "local": {"auth": "psk", "id": ours.name},
            "remote": {"auth": "psk", "id": theirs.name},
            "children": {CHILD: child},
        }
        return Connection(namespace=ours.name, name="test", definition=definition)

    @contextmanager
    def session(self, index: int) -> Iterator[Any]:
        """A VICI session with a side's charon."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE * SLOWNESS)
            connection.connect(str(self._directory / self.sides[index].name / "vici.sock"))
            yield vici.Session(connection)

    def ike_sas(self, index: int) -> list[Any]:
        """A side's established IKE_SAs as VICI lists them."""
        with self.session(index) as session:
            found = [ike for listed in session.list_sas() for ike in listed.values()]
        return [one for one in found if one["state"] == b"ESTABLISHED"]

    def child_sas(self, index: int) -> list[Any]:
        """A side's CHILD_SAs in use, whichever IKE_SA they belong to."""
        return [
            child
            for ike in self.ike_sas(index)
            for child in ike["child-sas"].values()
            if child["state"] == b"INSTALLED"
        ]

    def rekey_child(self, index: int) -> None:
        """Have a side replace the CHILD_SA, and wait until both have."""
        before = self._spis()
        with self.session(index) as session:
            session.rekey({"child": CHILD})
        wait_until(lambda: self._settled(self._spis(), before), "the CHILD_SA has been rekeyed")

    def rekey_ike(self, index: int) -> None:
        """Have a side replace the IKE_SA, and wait until both have."""
        before = self._ike_spis()
        with self.session(index) as session:
            session.rekey({"ike": "test"})
        wait_until(lambda: self._settled(self._ike_spis(), before), "the IKE_SA has been rekeyed")

    @staticmethod
    def _settled(now: list[set[bytes]], before: list[set[bytes]]) -> bool:
        return all(len(one) == 1 and not one & old for one, old in zip(now, before, strict=True))

    def _spis(self) -> list[set[bytes]]:
        return [{one["spi-in"] for one in self.child_sas(index)} for index in self.observed]

    def _ike_spis(self) -> list[set[bytes]]:
        return [{one["initiator-spi"] for one in self.ike_sas(index)} for index in self.observed]

    def counters(self, index: int) -> Counters:
        """What a side's data path has counted."""
        side = self.sides[index]
        tunnels = self._tunnels[side.name]
        return tunnels.counters(self.namespaces, side.name, f"{side.name}-inside", "tunnel")

    def inside(self, index: int) -> str:
        """The namespace behind a side."""
        return f"{self.sides[index].name}-inside"

    @property
    def ends(self) -> list[tuple[str, str]]:
        """The namespaces behind both sides, and the address that each has there."""
        return [(self.inside(index), str(self.sides[index].inside.ip)) for index in (0, 1)]

    def remove(self) -> None:
        """Take everything away."""
        for index, side in enumerate(self.sides):
            for name in {side.name, self.inside(index)}:
                self.namespaces.remove(name)
        self.namespaces.remove(self.nat)
        self.namespaces.close()
