"""Names in Linux, derived from resource ids.

So what exists can be matched with what ought to, whoever made it, and a crash leaves nothing
unknown. A name carries the last ten hexadecimal digits of an id (40 bits), because an
interface's name has at most 15 characters.

    lb-outside          the internet side               bridge `outside`
    lbe-0123456789-1    endpoint of tunnel 1            link `uplink`
    lbg-0123456789      gateway                         tunnels `t0123456789-1`, VPC `vpc`
    lbv-0123456789      VPC router                      subnet bridges `s0123456789`, `gateway`
    lbi-0123456789      instance                        link `eth0`
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_DIGITS = 10
OUTSIDE_BRIDGE = "outside"
UPLINK = "uplink"
VPC_LINK = "vpc"
"In a gateway: the way to its VPC."
GATEWAY_LINK = "gateway"
"In a VPC: the way to its VPN gateway."
INSTANCE_LINK = "eth0"
ANY_TUNNEL = "t*"
"All tunnel interfaces, as nftables has it."
PREFIX = re.compile(r"lb[a-z0-9]{0,4}")
_FIRST_TABLE = 1 << 30
"Above every kernel table number that a person or a distribution uses."


def short(resource_id: str) -> str:
    """Shorten `vpn-0123456789abcdef0` to its last ten hexadecimal digits."""
    return resource_id.rpartition("-")[2][-_DIGITS:]


def endpoint_port(vpn_connection_id: str, tunnel: int) -> str:
    """Name the outside bridge's port to an endpoint."""
    return f"e{short(vpn_connection_id)}-{tunnel}"


def tunnel_interface(vpn_connection_id: str, tunnel: int) -> str:
    """Name a tunnel interface, in the gateway's namespace."""
    return f"t{short(vpn_connection_id)}-{tunnel}"


def tunnel_of(name: str) -> str | None:
    """Read from an endpoint's or a tunnel interface's name which tunnel it is of: 0123456789-1."""
    found = re.fullmatch(r"(?:lb[a-z0-9]*e-|t)([0-9a-f]{1,10}-[12])", name)
    return found[1] if found else None


def sibling(tunnel: str) -> str:
    """Name the other tunnel of the same connection."""
    connection, _, number = tunnel.rpartition("-")
    return f"{connection}-{3 - int(number)}"


def subnet_bridge(subnet_id: str) -> str:
    """Name a subnet's bridge, in the VPC's namespace."""
    return f"s{short(subnet_id)}"


def instance_port(instance_id: str) -> str:
    """Name the subnet bridge's port to an instance."""
    return f"i{short(instance_id)}"


def kernel_table(route_table_id: str) -> int:
    """Number the kernel routing table of a VPC route table."""
    return _FIRST_TABLE | int(short(route_table_id)[-7:], 16)


class Kind(StrEnum):
    """What a part of the network is; the value is its letter in names."""

    OUTSIDE = "outside"
    VPC = "v"
    GATEWAY = "g"
    ENDPOINTS = "e"
    "The two of a VPN connection."
    INSTANCE = "i"


_KINDS = {"vpc": Kind.VPC, "vgw": Kind.GATEWAY, "vpn": Kind.ENDPOINTS, "i": Kind.INSTANCE}
"By the prefix of ids."
_PREFIXES = {kind: prefix for prefix, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """What is looked at and put right together, alone with its trouble: one resource's namespaces.

    A namespace's name tells of which part it is, but not the resource's whole id.
    """

    kind: Kind
    short: str = ""
    resource_id: str | None = field(default=None, compare=False)

    @classmethod
    def of(cls, resource_id: str) -> "Part":
        """The part of a VPC, VPN gateway, VPN connection or instance."""
        return cls(_KINDS[resource_id.rpartition("-")[0]], short(resource_id), resource_id)

    @property
    def prefix(self) -> str:
        """Of its resource's id; the outside is nobody's resource."""
        return _PREFIXES[self.kind]

    def __str__(self) -> str:
        return self.resource_id or f"{self.kind}-{self.short}".rstrip("-")


OUTSIDE = Part(Kind.OUTSIDE)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of namespaces, with the prefix that tells one installation from another."""

    prefix: str = "lb"

    def __post_init__(self) -> None:
        if not PREFIX.fullmatch(self.prefix):
            raise ValueError(f"namespace prefix {self.prefix!r}: must match {PREFIX.pattern}")

    @property
    def outside(self) -> str:
        """The internet side."""
        return f"{self.prefix}-outside"

    def endpoint(self, vpn_connection_id: str, tunnel: int) -> str:
        """The namespace of one tunnel's endpoint."""
        return f"{self.prefix}e-{short(vpn_connection_id)}-{tunnel}"

    def gateway(self, gateway_id: str) -> str:
        """The namespace of a gateway."""
        return f"{self.prefix}g-{short(gateway_id)}"

    def vpc(self, vpc_id: str) -> str:
        """The namespace of a VPC's router."""
        return f"{self.prefix}v-{short(vpc_id)}"

    def instance(self, instance_id: str) -> str:
        """The namespace of an instance."""
        return f"{self.prefix}i-{short(instance_id)}"

    def namespaces(self, part: Part) -> tuple[str, ...]:
        """The namespaces of a part, whether they exist or not."""
        if part.kind is Kind.OUTSIDE:
            return (self.outside,)
        name = f"{self.prefix}{part.kind}-{part.short}"
        return (f"{name}-1", f"{name}-2") if part.kind is Kind.ENDPOINTS else (name,)

    def part(self, namespace: str) -> Part | None:
        """The part that a namespace belongs to; None if it is not one that the agent makes."""
        if namespace == self.outside:
            return OUTSIDE
        found = re.fullmatch(
            rf"{self.prefix}(?:(e)-([0-9a-f]{{1,10}})-[12]|([gvi])-([0-9a-f]{{1,10}}))", namespace
        )
        return Part(Kind(found[1] or found[3]), found[2] or found[4]) if found else None

    def ours(self, namespace: str) -> bool:
        """Tell whether a namespace is one that the agent makes."""
        return self.part(namespace) is not None

    def is_gateway(self, namespace: str) -> bool:
        """Tell whether a namespace is a gateway."""
        return namespace.startswith(f"{self.prefix}g-")

    def is_vpc(self, namespace: str) -> bool:
        """Tell whether a namespace is a VPC's router."""
        return namespace.startswith(f"{self.prefix}v-")

    def our_link(self, namespace: str, link: str) -> bool:
        """Tell whether a link is one that the part of this namespace makes for itself.

        The outside namespace and the VPCs' may have other people's ports as well: a simulated
        customer site, a virtual machine. In a gateway are links of its connections and its VPC.
        """
        if link == "lo" or self.is_gateway(namespace):
            return False
        if namespace == self.outside:
            return link == OUTSIDE_BRIDGE
        if self.is_vpc(namespace):
            return link == GATEWAY_LINK or bool(re.fullmatch(r"s[0-9a-f]{1,10}", link))
        return True
