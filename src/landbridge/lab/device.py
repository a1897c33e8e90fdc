"""A customer gateway device and the network behind it, in namespaces.

                 outside bridge
                       | 198.51.100.2
    lbd-<site>      router: BIRD, Tunnel1, Tunnel2, `lan`
       |  |            |
       |  |          lbh-<site>: a host, 192.168.10.10
    lbd-<site>-1, -2   charon 1, charon 2, both with the device's own outside address

Both tunnels' selectors cover everything, and espd carries one tunnel: so the device has a charon
for each, and the router hands each the packets of its own endpoint (by source address), without a
NAT. The tunnel interfaces are in the router, which routes between them and the LAN.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface
from pathlib import Path
from typing import Any

from landbridge.lab import frr, static_routing
from landbridge.lab.model import DeviceConfiguration, DeviceTunnel
from landbridge.network import strongswan
from landbridge.network.drivers import links, netns, routes
from landbridge.network.drivers.bird import Birds
from landbridge.network.drivers.charon import Charons
from landbridge.network.drivers.daemon import Starting
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import (
    CHILD,
    Address,
    Bird,
    Charon,
    Connection,
    Route,
    Secret,
    TunnelInterface,
    Veth,
)
from landbridge.network.names import OUTSIDE_BRIDGE, Names, short
from landbridge.network.strongswan import IF_ID, Esp

HOST_NUMBER = 10
"The host's number in the LAN; the device is number 1."
LAN = "lan"
_MAIN_TABLE, _LOCAL_TABLE = 254, 255
_DEFAULT = IPv4Network("0.0.0.0/0")
_ROUTER_END = IPv6Interface("fe80::1/64")
_CHARON_END = IPv6Interface("fe80::2/64")
"Of the link between the router and a charon; IPv4 is routed over these (RFC 5549)."
_SYSCTLS = {
    "net.ipv6.conf.default.addr_gen_mode": "1",
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    # The charons' packets come in with the router's own address as their source.
    "net.ipv4.conf.all.accept_local": "1",
    "net.ipv4.conf.default.accept_local": "1",
}


class DeviceError(RuntimeError):
    """The device cannot do what is asked of it."""


@dataclass(frozen=True)
class Device:
    """One simulated site, named after its VPN connection."""

    vpn_connection_id: str
    names: Names
    directory: Path
    "For the daemons' files."

    @property
    def router(self) -> str:
        """The namespace of the device itself."""
        return f"{self.names.prefix}d-{short(self.vpn_connection_id)}"

    @property
    def host(self) -> str:
        """The namespace of a computer behind the device."""
        return f"{self.names.prefix}h-{short(self.vpn_connection_id)}"

    def ike(self, number: int) -> str:
        """The namespace of one of the device's charons."""
        return f"{self.router}-{number}"

    @property
    def exists(self) -> bool:
        """Whether the site has been built."""
        return self.router in netns.listed()

    @cached_property
    def _charons(self) -> Charons:
        return Charons(self.directory)

    @cached_property
    def _birds(self) -> Birds:
        return Birds(self.directory)

    def build(
        self,
        configuration: DeviceConfiguration,
        outside: IPv4Network,
        lan: IPv4Network,
        tunnels: Tunnels,
    ) -> None:
        """Build the site and start its tunnels; `outside` is the device's network there."""
        if self.exists:
            raise DeviceError(f"the site of {self.vpn_connection_id} exists already")
        if self.names.outside not in netns.listed():
            raise DeviceError("there is no outside network: the service is not running")
        namespaces = Namespaces()
        try:
            self._build_router(namespaces, configuration, outside)
            self._build_lan(namespaces, lan)
            self._build_tunnels(namespaces, configuration, tunnels)
            for route in configuration.routes:
                static_routing.set_route(namespaces, self.router, route)
                if configuration.check:
                    folder = self.directory / self.router
                    static_routing.watch(self.router, folder, configuration.check, route)
            if configuration.bird:
                self._birds.start(
                    Bird(namespace=self.router, digest="lab", config=configuration.bird)
                )
            if configuration.frr:
                frr.start(self.router, self.directory, configuration.frr)
        except BaseException:
            self.remove()
            raise
        finally:
            namespaces.close()

    def remove(self) -> None:
        """Take the whole site away."""
        namespaces = Namespaces()
        try:
            for name in netns.listed():
                if name == self.host or name == self.router or name.startswith(f"{self.router}-"):
                    namespaces.remove(name)
                    shutil.rmtree(self.directory / name, ignore_errors=True)
        finally:
            namespaces.close()

    def fail(self, number: int) -> None:
        """Disable a tunnel on the device: its interface down, its IKE_SA ended."""
        self._set_interface(number, up=False)
        self._charons.terminate(self.ike(number))

    def restore(self, number: int) -> None:
        """Enable a tunnel again."""
        self._set_interface(number, up=True)
        self._charons.initiate(self.ike(number))

    def _set_interface(self, number: int, *, up: bool) -> None:
        namespaces = Namespaces()
        try:
            links.set_up(namespaces, self.router, f"Tunnel{number}", up=up)
        finally:
            namespaces.close()

    def _build_router(
        self, namespaces: Namespaces, configuration: DeviceConfiguration, outside: IPv4Network
    ) -> None:
        namespaces.create(self.router, _SYSCTLS)
        links.add_veth(
            namespaces,
            Veth(
                namespace=self.router,
                name="outside",
                peer_namespace=self.names.outside,
                peer_name=f"d{short(self.vpn_connection_id)}",
                peer_bridge=OUTSIDE_BRIDGE,
            ),
        )
        address = IPv4Interface((configuration.address, outside.prefixlen))
        links.add_address(
            namespaces, Address(namespace=self.router, link="outside", address=address)
        )
        self._route(namespaces, self.router, "outside", outside[1])
        # Our own address is looked up after the rules that hand packets to the charons.
        handle = namespaces.handle(self.router)
        handle.rule("add", table=_LOCAL_TABLE, priority=100)
        handle.rule("del", table=_LOCAL_TABLE, priority=0)

    def _build_lan(self, namespaces: Namespaces, lan: IPv4Network) -> None:
        namespaces.create(self.host, {"net.ipv6.conf.default.addr_gen_mode": "1"})
        links.add_veth(
            namespaces,
            Veth(namespace=self.host, name="eth0", peer_namespace=self.router, peer_name=LAN),
        )
        for namespace, link, address in (
            (self.router, LAN, lan[1]),
            (self.host, "eth0", lan[HOST_NUMBER]),
        ):
            interface = IPv4Interface((address, lan.prefixlen))
            links.add_address(
                namespaces, Address(namespace=namespace, link=link, address=interface)
            )
        self._route(namespaces, self.host, "eth0", lan[1])

    def _build_tunnels(
        self, namespaces: Namespaces, configuration: DeviceConfiguration, driver: Tunnels
    ) -> None:
        """Bring up interfaces, then charons, each kind side by side, then load connections."""
        numbered = list(enumerate(configuration.tunnels, start=1))
        for number, tunnel in numbered:
            self._link_charon(namespaces, number, tunnel)
        self._wait(
            driver.add(namespaces, self._interface(number, tunnel, driver.esp))
            for number, tunnel in numbered
        )
        self._wait(self._start_charon(number, tunnel, driver) for number, tunnel in numbered)
        for number, tunnel in numbered:
            self._open_tunnel(namespaces, number, tunnel)

    @staticmethod
    def _wait(started: Iterable[Starting | None]) -> None:
        """Wait for daemons, once all are started."""
        for one in list(started):
            if one:
                one.wait()

    def _interface(self, number: int, tunnel: DeviceTunnel, esp: Esp) -> TunnelInterface:
        return TunnelInterface(
            namespace=self.router,
            name=tunnel.name,
            endpoint=self.ike(number),
            kind=esp.link_kind,
            mtu=tunnel.mtu,
        )

    def _start_charon(self, number: int, tunnel: DeviceTunnel, driver: Tunnels) -> Starting:
        settings = strongswan.settings(dead_after=tunnel.dead_after)
        charon = Charon(namespace=self.ike(number), digest="lab", settings=settings)
        return self._charons.start(charon, driver.before_charon(charon.namespace) or {})

    def _open_tunnel(self, namespaces: Namespaces, number: int, tunnel: DeviceTunnel) -> None:
        """Give the interface its address, set it up, and start the tunnel if the file says so."""
        address = Address(namespace=self.router, link=tunnel.name, address=tunnel.inside)
        links.add_address(namespaces, address)
        links.set_up(namespaces, self.router, tunnel.name, up=True)
        namespace = self.ike(number)
        self._charons.load_secret(Secret(namespace=namespace, id="psk", data=tunnel.psk))
        self._charons.load_connection(
            Connection(
                namespace=namespace,
                name=f"ikev{tunnel.ike_version}-{tunnel.name}",
                definition=_definition(tunnel),
                initiate=tunnel.initiate,
            )
        )

    def _link_charon(self, namespaces: Namespaces, number: int, tunnel: DeviceTunnel) -> None:
        namespace, port, table = self.ike(number), f"charon{number}", 100 + number
        namespaces.create(namespace, _SYSCTLS)
        links.add_veth(
            namespaces,
            Veth(namespace=namespace, name="uplink", peer_namespace=self.router, peer_name=port),
        )
        for where, link, address in (
            (namespace, "uplink", _CHARON_END),
            (namespace, "lo", IPv4Interface((tunnel.local_address, 32))),
            (self.router, port, _ROUTER_END),
        ):
            links.add_address(namespaces, Address(namespace=where, link=link, address=address))
        self._route(namespaces, namespace, "uplink", _ROUTER_END.ip)
        routes.set_route(
            namespaces,
            Route(
                namespace=self.router,
                destination=IPv4Network(tunnel.local_address),
                table=table,
                link=port,
                via=_CHARON_END.ip,
            ),
        )
        namespaces.handle(self.router).rule(
            "add", iifname="outside", src=str(tunnel.remote_address), table=table, priority=10
        )

    @staticmethod
    def _route(
        namespaces: Namespaces, namespace: str, link: str, via: IPv4Address | IPv6Address
    ) -> None:
        """Set a default route."""
        routes.set_route(
            namespaces,
            Route(namespace=namespace, destination=_DEFAULT, table=_MAIN_TABLE, link=link, via=via),
        )


def _definition(tunnel: DeviceTunnel) -> dict[str, Any]:
    """Take a tunnel's connection over to the one charon and the one interface id of a namespace."""
    (child,) = tunnel.definition["children"].values()
    return {
        **tunnel.definition,
        "local_addrs": [str(tunnel.local_address)],
        "if_id_in": str(IF_ID),
        "if_id_out": str(IF_ID),
        "children": {CHILD: child},
    }
