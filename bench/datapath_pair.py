"""Two tunnel endpoints and nothing else, by the product's own drivers or with libipsec.

lbbd*-1-a-inside       lbbd*-1-a          lbbd*-1-b       lbbd*-1-b-inside
169.254.9.1 ==tunnel== 192.0.2.1 --veth-- 192.0.2.2 ==tunnel== 169.254.9.2
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import vici

from bench import datapath_libipsec, processes
from bench.traffic import Ends
from landbridge.network import strongswan
from landbridge.network.drivers import charon as charon_driver
from landbridge.network.drivers import espd, links, netns
from landbridge.network.drivers.charon import Charons
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import (
    CHILD,
    Address,
    Charon,
    Connection,
    Secret,
    TunnelInterface,
    Veth,
)
from landbridge.network.strongswan import IF_ID, Esp
from landbridge.settings import Settings
from landbridge.vpn import mtu

PREFIX = "lbbd"
_ALPHA, _BETA = "ab"
_SYSCTLS = {"net.ipv6.conf.default.addr_gen_mode": "1"}
_DEAD_AFTER = 60
"Seconds; a saturated machine is not a dead one."
_INITIATE_MS = 20_000
_LINK = datapath_libipsec.TUN
"Of the tunnel's interface; libipsec's name, and so ours as well."


class Carrier(StrEnum):
    """Who does ESP."""

    ESPD = "espd"
    LIBIPSEC = "kernel-libipsec"

    @property
    def program(self) -> str:
        """The process whose processor time ESP costs."""
        return espd.PROGRAM if self is Carrier.ESPD else charon_driver.PROGRAM


@dataclass(frozen=True, slots=True)
class Suite:
    """What a CHILD_SA encrypts with."""

    name: str
    proposal: str
    integrity: str
    "By which `vpn.mtu` knows it."


class Pair:
    """Both endpoints, up to charon; `connected` brings a tunnel up."""

    def __init__(self, directory: Path, carrier: Carrier, number: int = 1) -> None:
        self.carrier = carrier
        self.start_ms: list[float] = []
        "How long each espd took until it was ready."
        self._directory = directory
        base = f"{PREFIX}{carrier[0]}-{number}"
        self._names = tuple(f"{base}-{side}" for side in (_ALPHA, _BETA))
        self._namespaces = Namespaces()
        self._charons = Charons(directory)
        self._tunnels = Tunnels(Esp.USERSPACE, directory, Settings().datapath_dir)

    @property
    def outside(self) -> Ends:
        """The path that the tunnel's packets take: bare, as the yardstick."""
        return Ends(*self._names, self._outside(_BETA))

    @property
    def inside(self) -> Ends:
        """The path through the tunnel."""
        first, second = (f"{name}-inside" for name in self._names)
        return Ends(first, second, str(self._inside_address(1).ip))

    @contextmanager
    def built(self) -> Iterator["Pair"]:
        """Make both endpoints; take everything away afterwards, whatever happened."""
        try:
            self._build()
            yield self
        finally:
            self._remove()

    def _build(self) -> None:
        for name in self._names:
            self._namespaces.create(name, _SYSCTLS)
            self._namespaces.create(f"{name}-inside", _SYSCTLS)
        alpha, beta = self._names
        links.add_veth(
            self._namespaces,
            Veth(namespace=alpha, name="uplink", peer_namespace=beta, peer_name="uplink"),
        )
        for index, name in enumerate(self._names):
            outside = IPv4Interface(f"{self._outside(name[-1])}/24")
            self._address(name, "uplink", outside)
            interface = TunnelInterface(
                namespace=f"{name}-inside",
                name=_LINK,
                endpoint=name,
                kind=Esp.USERSPACE.link_kind,
                mtu=datapath_libipsec.MTU,
            )
            if self.carrier is Carrier.ESPD:
                self._start_espd(interface)
            else:
                self._start_libipsec(interface)
            self._address(interface.namespace, _LINK, self._inside_address(index))
            links.set_up(self._namespaces, interface.namespace, _LINK, up=True)
            self._charons.load_secret(Secret(namespace=name, id="psk", data="a key for figures"))

    def _start_espd(self, interface: TunnelInterface) -> None:
        begun = time.perf_counter()
        starting = self._tunnels.add(self._namespaces, interface)
        assert starting is not None
        starting.wait()
        self.start_ms.append((time.perf_counter() - begun) * 1000)
        environment = self._tunnels.before_charon(interface.endpoint)
        assert environment is not None
        settings = strongswan.settings(dead_after=_DEAD_AFTER)
        charon = Charon(namespace=interface.endpoint, digest="bench", settings=settings)
        self._charons.start(charon, environment).wait()

    def _start_libipsec(self, interface: TunnelInterface) -> None:
        charon = Charon(
            namespace=interface.endpoint, digest="bench", settings=datapath_libipsec.SETTINGS
        )
        self._charons.start(charon, {}).wait()
        datapath_libipsec.place(self._namespaces, interface)

    @contextmanager
    def connected(self, suite: Suite, *, encap: bool) -> Iterator[None]:
        """A tunnel by IKEv2, its interfaces' MTU that of the suite; ended again afterwards."""
        for name in self._names:
            size = self.mtu(suite, encap=encap)
            links.set_mtu(self._namespaces, f"{name}-inside", _LINK, size)
        alpha, beta = self._names
        connections = [
            self._connection(alpha, beta, suite, encap=encap),
            self._connection(beta, alpha, suite, encap=encap),
        ]
        for connection in connections:
            self._charons.load_connection(connection)
        try:
            self._initiate(alpha)
            yield
        finally:
            for connection in connections:
                self._charons.unload_connection(connection)

    def _initiate(self, name: str) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_INITIATE_MS / 1000)
            connection.connect(str(self._directory / name / "vici.sock"))
            session: Any = vici.Session(connection)
            list(session.initiate({"child": CHILD, "ike": PREFIX, "timeout": f"{_INITIATE_MS}"}))

    def _connection(self, ours: str, theirs: str, suite: Suite, *, encap: bool) -> Connection:
        definition: dict[str, Any] = {
            "version": "2",
            "local_addrs": [self._outside(ours[-1])],
            "remote_addrs": [self._outside(theirs[-1])],
            "proposals": ["aes256-sha256-ecp256"],
            "encap": "yes" if encap else "no",
            "mobike": "no",
            "unique": "replace",
            "rekey_time": "0s",
            "dpd_delay": "0s",
            "local": {"auth": "psk", "id": ours},
            "remote": {"auth": "psk", "id": theirs},
            "children": {
                CHILD: {
                    "local_ts": ["0.0.0.0/0"],
                    "remote_ts": ["0.0.0.0/0"],
                    "esp_proposals": [suite.proposal],
                    "replay_window": "1024",
                    "rekey_time": "0s",
                    "life_time": "1h",
                    "copy_df": "no",
                }
            },
        }
        if self.carrier is Carrier.ESPD:
            definition |= {"if_id_in": str(IF_ID), "if_id_out": str(IF_ID)}
        return Connection(namespace=ours, name=PREFIX, definition=definition)

    def mtu(self, suite: Suite, *, encap: bool) -> int:
        """The tunnel interface's MTU, bytes: the suite's, except that libipsec reads no more."""
        if self.carrier is Carrier.LIBIPSEC:
            return datapath_libipsec.MTU
        return mtu.sizes(suite.integrity, nat_traversal=encap).mtu

    def cpu_seconds(self) -> float:
        """Processor time that ESP has cost so far, both ends."""
        return sum(map(processes.cpu_seconds, self.pids(self.carrier.program)))

    def received_bytes(self) -> int:
        """Of inner IP packets so far, by the second espd."""
        name = self._names[1]
        inside = f"{name}-inside"
        return self._tunnels.counters(self._namespaces, name, inside, _LINK).bytes_in

    def pids(self, program: str) -> list[int]:
        """The processes of both endpoints that run a program."""
        found = netns.processes()
        return [
            process.pid
            for name in self._names
            for process in found.get(name, [])
            if process.program == program
        ]

    def memory_mb(self) -> dict[str, float]:
        """Proportional set sizes, the mean of both endpoints."""
        sizes = {
            program: sum(map(processes.pss_kb, self.pids(program))) / 1024 / 2
            for program in (espd.PROGRAM, charon_driver.PROGRAM)
        }
        rounded = {name: round(size, 2) for name, size in sizes.items()}
        return {**rounded, "endpoint": round(sum(sizes.values()), 2)}

    def _remove(self) -> None:
        there = set(netns.listed())
        for name in self._names:
            for namespace in (name, f"{name}-inside"):
                if namespace in there:
                    with suppress(*netns.LINUX_FAILURES):
                        self._namespaces.remove(namespace)
        self._namespaces.close()

    def _address(self, namespace: str, link: str, address: IPv4Interface) -> None:
        links.add_address(
            self._namespaces, Address(namespace=namespace, link=link, address=address)
        )

    @staticmethod
    def _outside(side: str) -> str:
        return f"192.0.2.{1 + (_ALPHA, _BETA).index(side)}"

    @staticmethod
    def _inside_address(index: int) -> IPv4Interface:
        return IPv4Interface(f"169.254.9.{1 + index}/30")
