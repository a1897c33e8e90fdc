"""What a device's configuration is made from."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from landbridge.vpn.tunnel_options import TunnelOptions, check_psk


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelFacts:
    """One tunnel."""

    number: int
    outside_address: IPv4Address
    "Our endpoint."
    inside: IPv4Network | IPv6Network
    "A /30 or /126, of the version inside: our address is the first host, the device's the second."
    psk: str | None
    "None when certificates authenticate both ends."
    options: TunnelOptions

    def __post_init__(self) -> None:
        """Hold the key to the guide's alphabet, which no file has to escape."""
        if self.psk is not None:
            check_psk(self.psk)

    @property
    def our_inside_address(self) -> IPv4Address | IPv6Address:
        """Our end of the tunnel."""
        return self.inside[1]

    @property
    def customer_inside_address(self) -> IPv4Address | IPv6Address:
        """The device's end of the tunnel."""
        return self.inside[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """One VPN connection."""

    vpn_connection_id: str
    vpn_gateway_id: str
    "Empty when the connection is not on a VPN gateway."
    customer_gateway_id: str
    type: str
    customer_address: IPv4Address
    customer_asn: int
    our_asn: int
    static_routes_only: bool
    local_cidr: IPv4Network | IPv6Network
    "The customer's side, as a traffic selector."
    remote_cidr: IPv4Network | IPv6Network
    "The VPC's side, as a traffic selector."
    vpc_cidr: IPv4Network | None
    "Of the VPC behind the gateway, if there is one."
    tunnels: tuple[TunnelFacts, TunnelFacts]

    @property
    def ipv6(self) -> bool:
        """Whether the tunnels carry IPv6 (TunnelInsideIpVersion)."""
        return self.tunnels[0].inside.version == 6

    @property
    def selects_inside(self) -> bool:
        """Whether the traffic selectors admit the inside addresses, such as those of pings."""
        return all(
            one.customer_inside_address in self.local_cidr
            and one.our_inside_address in self.remote_cidr
            for one in self.tunnels
        )

    @property
    def certificates(self) -> bool:
        """Whether certificates authenticate both ends."""
        return self.tunnels[0].psk is None
