"""What the tests of the VPN family make again and again."""

from typing import Any

from unit.services.ec2.cloud import Cloud

ADDRESS = "198.51.100.2"


def customer_gateway(cloud: Cloud, address: str = ADDRESS, **more: Any) -> str:
    """Make a customer gateway."""
    request = {"Type": "ipsec.1", "IpAddress": address, "BgpAsn": 65000, **more}
    answer = cloud("CreateCustomerGateway", **request)
    return answer["CustomerGateway"]["CustomerGatewayId"]


def vpn_gateway(cloud: Cloud, **more: Any) -> str:
    """Make a VPN gateway that is attached to nothing."""
    return cloud("CreateVpnGateway", Type="ipsec.1", **more)["VpnGateway"]["VpnGatewayId"]


def connect(cloud: Cloud, customer: str, gateway: str | None, **options: Any) -> dict[str, Any]:
    """Make a VPN connection."""
    request: dict[str, Any] = {"Type": "ipsec.1", "CustomerGatewayId": customer}
    if gateway:
        request["VpnGatewayId"] = gateway
    if options:
        request["Options"] = options
    return cloud("CreateVpnConnection", **request)["VpnConnection"]


def connection(cloud: Cloud, connection_id: str) -> dict[str, Any]:
    """Describe a VPN connection."""
    (found,) = cloud("DescribeVpnConnections", VpnConnectionIds=[connection_id])["VpnConnections"]
    return found


def connections(cloud: Cloud, *filters: dict[str, Any]) -> list[str]:
    """List the ids of the VPN connections that filters match."""
    found = cloud("DescribeVpnConnections", Filters=list(filters))["VpnConnections"]
    return [one["VpnConnectionId"] for one in found]


def gateway(cloud: Cloud, gateway_id: str) -> dict[str, Any]:
    """Describe a VPN gateway."""
    (found,) = cloud("DescribeVpnGateways", VpnGatewayIds=[gateway_id])["VpnGateways"]
    return found
