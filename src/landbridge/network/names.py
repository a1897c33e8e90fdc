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
from dataclasses import dataclass

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


def subnet_bridge(subnet_id: str) -> str:
    """Name a subnet's bridge, in the VPC's namespace."""
    return f"s{short(subnet_id)}"


def instance_port(instance_id: str) -> str:
    """Name the subnet bridge's port to an instance."""
    return f"i{short(instance_id)}"


def kernel_table(route_table_id: str) -> int:
    """Number the kernel routing table of a VPC route table."""
    return _FIRST_TABLE | int(short(route_table_id)[-7:], 16)


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

    def ours(self, namespace: str) -> bool:
        """Tell whether a namespace is one that the agent makes."""
        return namespace == self.outside or bool(
            re.fullmatch(
                rf"{self.prefix}(e-[0-9a-f]{{1,10}}-[12]|[gvi]-[0-9a-f]{{1,10}})", namespace
            )
        )

    def is_vpc(self, namespace: str) -> bool:
        """Tell whether a namespace is a VPC's router."""
        return namespace.startswith(f"{self.prefix}v-")

    def our_link(self, namespace: str, link: str) -> bool:
        """Tell whether a link in one of our namespaces is one that the agent makes.

        The outside namespace and the VPCs' may have other people's ports as well: a simulated
        customer site, a virtual machine.
        """
        if link == "lo":
            return False
        if namespace == self.outside:
            return link == OUTSIDE_BRIDGE or bool(re.fullmatch(r"e[0-9a-f]{1,10}-[12]", link))
        if self.is_vpc(namespace):
            return link == GATEWAY_LINK or bool(re.fullmatch(r"[si][0-9a-f]{1,10}", link))
        return True
