"""Route propagation from a VPN gateway into a VPC's route tables.

Source: guide, "(Virtual private gateway) Enable route propagation in your route table".
"""

from landbridge.aws.errors import ApiError
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import ROUTE_TABLE, VPN_GATEWAY
from landbridge.services.ec2.resources import changed, row
from landbridge.services.ec2.vpn_gateways import attached_vpc
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import RoutePropagation, RouteTable
from landbridge.store.tables.vpn import VpnGateway


@operation("EnableVgwRoutePropagation")
def enable_vgw_route_propagation(ctx: Context, request: Request) -> Response:
    """Let an attached gateway's routes enter a route table; twice is once."""
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    gateway = row(ctx, VpnGateway, request["GatewayId"], VPN_GATEWAY)
    if attached_vpc(gateway) != table.vpc_id:
        raise ApiError(
            f"The gateway '{gateway.id}' is not attached to '{table.vpc_id}', the VPC of "
            f"'{table.id}'",
            code="Gateway.NotAttached",
        )
    if _propagation(table, gateway.id) is None:
        table.propagations.append(RoutePropagation(vpn_gateway_id=gateway.id))
        changed(table)
    return {}


@operation("DisableVgwRoutePropagation")
def disable_vgw_route_propagation(ctx: Context, request: Request) -> Response:
    """Keep a gateway's routes out of a route table."""
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    gateway = row(ctx, VpnGateway, request["GatewayId"], VPN_GATEWAY)
    propagation = _propagation(table, gateway.id)
    if propagation is not None:
        table.propagations.remove(propagation)
        changed(table)
    return {}


def _propagation(table: RouteTable, gateway_id: str) -> RoutePropagation | None:
    return next((one for one in table.propagations if one.vpn_gateway_id == gateway_id), None)
