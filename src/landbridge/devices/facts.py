"""What a device's configuration is made from."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from landbridge.vpn import addressing
from landbridge.vpn.tunnel_options import TunnelOptions, check_psk


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelFacts:
    """One tunnel."""

    number: int
    outside_address: IPv4Address
    "Our endpoint."
    inside: IPv4Network
    "A /30: our address is the first host, the device's the second."
    psk: str
    options: TunnelOptions

    def __post_init__(self) -> None:
        """Hold the key to the guide's alphabet, which no file has to escape."""
        check_psk(self.psk)

    @property
    def our_inside_address(self) -> IPv4Address:
        """Our end of the tunnel."""
        return addressing.our_inside_address(self.inside)

    @property
    def customer_inside_address(self) -> IPv4Address:
        """The device's end of the tunnel."""
        return addressing.customer_inside_address(self.inside)


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
    local_cidr: IPv4Network
    "The customer's side."
    remote_cidr: IPv4Network
    vpc_cidr: IPv4Network | None
    "Of the VPC behind the gateway, if there is one."
    tunnels: tuple[TunnelFacts, TunnelFacts]
