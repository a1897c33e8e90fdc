"""What is in the kernel: namespaces, links, addresses, routes, filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface

from landbridge.network.model import fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A network namespace with its kernel settings, which are written when it is made."""

    name: str
    sysctls: Mapping[str, str] = field(default_factory=dict, compare=False)
    whole: bool = True
    "False for one that was left half made, or half removed."
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Its name."""
        return (self.name,)

    @property
    def namespace(self) -> str:
        """Itself."""
        return self.name

    def __str__(self) -> str:
        return f"{self.name}: namespace{'' if self.whole else ', half made'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A bridge, up."""

    namespace: str
    name: str
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Where it is."""
        return self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.namespace}: bridge {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Veth:
    """A pair of interfaces, both up, that joins two namespaces."""

    namespace: str
    name: str
    peer_namespace: str
    peer_name: str
    peer_bridge: str | None = None
    "The bridge of which the peer is a port."
    mac: str | None = None
    "Of the near end, if it matters."
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Its near end."""
        return self.namespace, self.name

    def __str__(self) -> str:
        port = f" port of {self.peer_bridge}" if self.peer_bridge else ""
        mac = f" mac {self.mac}" if self.mac else ""
        far = f"{self.peer_namespace} {self.peer_name}{port}"
        return f"{self.namespace}: veth {self.name}{mac} to {far}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelInterface:
    """The inside interface of an endpoint's tunnel, in the gateway's namespace.

    Whether it is up is not decided here: it is, exactly while the tunnel has a CHILD_SA.
    """

    namespace: str
    "Where packets enter the tunnel: the gateway's, or the endpoint's own without a gateway."
    name: str
    endpoint: str
    "The namespace of charon."
    kind: str
    "Who carries its packets: `xfrm` the kernel, `tun` espd."
    mtu: int
    "Bytes."
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One for each endpoint."""
        return (self.endpoint,)

    def __str__(self) -> str:
        link = f"{self.kind} {self.name} mtu {self.mtu}"
        return f"{self.namespace}: tunnel interface {link} of {self.endpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address on an interface."""

    namespace: str
    link: str
    address: IPv4Interface | IPv6Interface
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """All of it."""
        return self.namespace, self.link, self.address

    def __str__(self) -> str:
        return f"{self.namespace}: address {self.address} on {self.link}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A static route; `link` None is a blackhole."""

    namespace: str
    destination: IPv4Network
    table: int
    link: str | None
    via: IPv4Address | IPv6Address | None = None
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Table and destination."""
        return self.namespace, self.table, self.destination

    def __str__(self) -> str:
        way = f"dev {self.link}" if self.link else "blackhole"
        via = f" via {self.via}" if self.via else ""
        return f"{self.namespace}: route {self.destination}{via} {way} table {self.table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Packets that enter by a link are routed by a table."""

    namespace: str
    link: str
    table: int
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """The link."""
        return self.namespace, self.link

    def __str__(self) -> str:
        return f"{self.namespace}: rule iif {self.link} table {self.table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """A namespace's nftables table."""

    namespace: str
    digest: str
    ruleset: str | None = fields.payload()
    "The whole table in nft's language."
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One in a namespace."""
        return (self.namespace,)

    def __str__(self) -> str:
        return f"{self.namespace}: firewall {self.digest}"
