"""How EC2 speaks of each resource family: ids, errors, and tags."""

from dataclasses import dataclass

from landbridge.aws import ids
from landbridge.aws.errors import ApiError, malformed_id, not_found
from landbridge.store.tables import vpc, vpn
from landbridge.store.tables.base import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A resource family."""

    prefix: str
    "Of its ids."
    resource_type: str
    "In TagSpecifications and DescribeTags."
    noun: str
    "As in `The vpnConnection ID 'vpn-1' does not exist`."
    error: str
    "As in `InvalidVpnConnectionID.NotFound`."
    table: type[Resource]

    def missing(self, resource_id: str) -> ApiError:
        """Make the error for an id that is not one of ours."""
        if not ids.has_prefix(resource_id, self.prefix):
            return malformed_id(f"{self.error}.Malformed", resource_id, self.prefix)
        return not_found(f"{self.error}.NotFound", self.noun, resource_id)


CUSTOMER_GATEWAY = Kind(
    prefix="cgw",
    resource_type="customer-gateway",
    noun="customerGateway",
    error="InvalidCustomerGatewayID",
    table=vpn.CustomerGateway,
)
VPN_GATEWAY = Kind(
    prefix="vgw",
    resource_type="vpn-gateway",
    noun="vpnGateway",
    error="InvalidVpnGatewayID",
    table=vpn.VpnGateway,
)
VPN_CONNECTION = Kind(
    prefix="vpn",
    resource_type="vpn-connection",
    noun="vpnConnection",
    error="InvalidVpnConnectionID",
    table=vpn.VpnConnection,
)
VPC = Kind(prefix="vpc", resource_type="vpc", noun="vpc", error="InvalidVpcID", table=vpc.Vpc)
SUBNET = Kind(
    prefix="subnet",
    resource_type="subnet",
    noun="subnet",
    error="InvalidSubnetID",
    table=vpc.Subnet,
)
ROUTE_TABLE = Kind(
    prefix="rtb",
    resource_type="route-table",
    noun="routeTable",
    error="InvalidRouteTableID",
    table=vpc.RouteTable,
)
SECURITY_GROUP = Kind(
    prefix="sg",
    resource_type="security-group",
    noun="security group",
    error="InvalidGroup",
    table=vpc.SecurityGroup,
)
INSTANCE = Kind(
    prefix="i",
    resource_type="instance",
    noun="instance",
    error="InvalidInstanceID",
    table=vpc.Instance,
)
KINDS = {
    kind.prefix: kind
    for kind in (
        CUSTOMER_GATEWAY,
        VPN_GATEWAY,
        VPN_CONNECTION,
        VPC,
        SUBNET,
        ROUTE_TABLE,
        SECURITY_GROUP,
        INSTANCE,
    )
}
"By the prefix of their ids."
