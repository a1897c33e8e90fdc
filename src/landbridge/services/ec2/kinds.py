"""How EC2 speaks of each resource family: ids, errors, and tags."""

from dataclasses import dataclass

from landbridge.aws import ids
from landbridge.aws.errors import ApiError, malformed_id, not_found
from landbridge.store.tables import vpc, vpn
from landbridge.store.tables.base import Base


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
    table: type[Base]
    malformed: str | None = None
    "The code for an id of another form, where it is not `error`.Malformed."
    sentence: str | None = None
    "What a missing one is told, with `{}` for its id, where EC2 words it in its own way."

    def missing(self, resource_id: str) -> ApiError:
        """Make the error for an id that is not one of ours."""
        if not ids.has_prefix(resource_id, self.prefix):
            code = self.malformed or f"{self.error}.Malformed"
            return malformed_id(code, resource_id, self.prefix)
        code = f"{self.error}.NotFound"
        if self.sentence:
            return ApiError(self.sentence.format(resource_id), code=code)
        return not_found(code, self.noun, resource_id)


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
    malformed="InvalidGroupId.Malformed",
    sentence="The security group '{}' does not exist",
)
SECURITY_GROUP_RULE = Kind(
    prefix="sgr",
    resource_type="security-group-rule",
    noun="security group rule",
    error="InvalidSecurityGroupRuleId",
    table=vpc.SecurityGroupRule,
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
        SECURITY_GROUP_RULE,
        INSTANCE,
    )
}
"By the prefix of their ids."
