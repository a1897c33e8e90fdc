"""The network as values: what ought to exist and what does, in the same words.

A network is a set of things. A thing's `key` says which thing it is, equality whether it is as
it should be; `owner` (the resource for which it exists) is known only of what ought to be and
takes no part. `str()` is one readable line: tests and logs show the world as text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface
from typing import Any

CHILD = "tunnel"
"The name of the one CHILD_SA that every connection has."


def _owner() -> Any:
    return field(default="", compare=False)


def _payload() -> Any:
    """Carried along, and stood for by a digest in comparisons."""
    return field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A network namespace with its kernel settings, which are written when it is made."""

    name: str
    sysctls: Mapping[str, str] = field(default_factory=dict, compare=False)
    whole: bool = True
    "False for one that was left half made, or half removed."
    owner: str = _owner()

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
    owner: str = _owner()

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
    owner: str = _owner()

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
    owner: str = _owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One for each endpoint."""
        return (self.endpoint,)

    def __str__(self) -> str:
        link = f"{self.kind} {self.name} mtu {self.mtu}"
        return f"{self.namespace}: tunnel interface {link} of {self.endpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charon:
    """An endpoint's IKE daemon, running with these settings."""

    namespace: str
    digest: str
    "Of the settings, and of who does ESP."
    settings: str | None = _payload()
    "The text of strongswan.conf, without the paths that the driver adds."
    answers: bool = True
    "False for one that has not answered for several looks."
    owner: str = _owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One in each endpoint's namespace."""
        return (self.namespace,)

    def __str__(self) -> str:
        silent = "" if self.answers else ", silent"
        return f"{self.namespace}: charon settings {self.digest}{silent}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address on an interface."""

    namespace: str
    link: str
    address: IPv4Interface | IPv6Interface
    owner: str = _owner()

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
    owner: str = _owner()

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
    owner: str = _owner()

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
    ruleset: str | None = _payload()
    "The whole table in nft's language."
    owner: str = _owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One in a namespace."""
        return (self.namespace,)

    def __str__(self) -> str:
        return f"{self.namespace}: firewall {self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A pre-shared key that a charon holds."""

    namespace: str
    id: str
    "Changes with the key and tells nothing about it."
    data: str | None = _payload()
    owner: str = _owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Charon and id: a changed key is another secret."""
        return self.namespace, self.id

    def __str__(self) -> str:
        return f"{self.namespace}: secret {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An IKE connection that a charon has loaded; its name is a digest of its definition."""

    namespace: str
    name: str
    definition: Mapping[str, Any] | None = _payload()
    "In the words of swanctl.conf, without the name."
    initiate: bool = field(default=False, compare=False)
    "We start it, once, when it is loaded (StartupAction start)."
    owner: str = _owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Charon and name: a changed definition is another connection."""
        return self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.namespace}: connection {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bird:
    """A gateway's BGP daemon, running with this configuration."""

    namespace: str
    digest: str
    config: str | None = _payload()
    answers: bool = True
    "False for one that has not answered for several looks."
    owner: str = _owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One in a gateway's namespace."""
        return (self.namespace,)

    def __str__(self) -> str:
        silent = "" if self.answers else ", silent"
        return f"{self.namespace}: bird configuration {self.digest}{silent}"


Thing = (
    Namespace
    | Bridge
    | Veth
    | TunnelInterface
    | Charon
    | Address
    | Route
    | Rule
    | Firewall
    | Secret
    | Connection
    | Bird
)
Network = frozenset[Thing]

ORDER: tuple[type, ...] = (
    Namespace,
    Bridge,
    Veth,
    TunnelInterface,
    Charon,
    Address,
    Route,
    Rule,
    Firewall,
    Secret,
    Connection,
    Bird,
)
"Each stands on those before it: built in this order, taken down in reverse."


def as_text(network: Network) -> str:
    """Show a network, a line a thing, in a stable order."""
    return "\n".join(sorted(str(thing) for thing in network))
