"""Routes that customers create in route tables; the targets here are VPN gateways.

Source: Amazon VPC User Guide, "Route table concepts".
"""

from ipaddress import IPv4Network

from landbridge.aws.errors import ApiError, InvalidParameterValue, MissingParameter
from landbridge.services.context import Context
from landbridge.services.ec2.cidrs import network
from landbridge.services.ec2.kinds import ROUTE_TABLE, VPC, VPN_GATEWAY
from landbridge.services.ec2.resources import changed, row, unsupported
from landbridge.services.ec2.vpn_gateways import attached_vpc
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Route, RouteTable, Vpc
from landbridge.store.tables.vpn import VpnGateway

_SUPPORTED = {"RouteTableId", "DestinationCidrBlock", "GatewayId"}


@operation("CreateRoute")
def create_route(ctx: Context, request: Request) -> Response:
    """Add a route to an attached VPN gateway."""
    table, destination, gateway = _read(ctx, request)
    existing = _find(table, destination)
    if existing is not None and existing.gateway_id != gateway.id:
        raise ApiError(
            f"The route identified by {destination} already exists.", code="RouteAlreadyExists"
        )
    if existing is None:
        table.routes.append(Route(destination_cidr_block=str(destination), gateway_id=gateway.id))
        changed(table)
    return {"Return": True}


@operation("ReplaceRoute")
def replace_route(ctx: Context, request: Request) -> Response:
    """Give a route another target."""
    table, destination, gateway = _read(ctx, request)
    existing = _find(table, destination)
    if existing is None:
        raise _no_route(table, destination)
    existing.gateway_id = gateway.id
    changed(table)
    return {}


@operation("DeleteRoute")
def delete_route(ctx: Context, request: Request) -> Response:
    """Take a created route away."""
    unsupported(request, _SUPPORTED)
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    destination = _destination(request)
    existing = _find(table, destination)
    if existing is None:
        raise _no_route(table, destination)
    table.routes.remove(existing)
    changed(table)
    return {}


def _read(ctx: Context, request: Request) -> tuple[RouteTable, IPv4Network, VpnGateway]:
    unsupported(request, _SUPPORTED)
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    destination = _destination(request)
    vpc = row(ctx, Vpc, table.vpc_id, VPC)
    if destination.subnet_of(IPv4Network(vpc.cidr_block)):
        raise InvalidParameterValue(
            "DestinationCidrBlock",
            destination,
            allowed=f"a block outside {vpc.cidr_block}, which is routed locally",
        )
    gateway_id = request.get("GatewayId")
    if not gateway_id:
        raise MissingParameter("GatewayId")
    gateway = row(ctx, VpnGateway, gateway_id, VPN_GATEWAY)
    if attached_vpc(ctx, gateway) != table.vpc_id:
        raise InvalidParameterValue(
            "GatewayId", gateway.id, allowed=f"the gateway that is attached to {table.vpc_id}"
        )
    return table, destination, gateway


def _destination(request: Request) -> IPv4Network:
    return network("DestinationCidrBlock", request.get("DestinationCidrBlock") or "")


def _find(table: RouteTable, destination: IPv4Network) -> Route | None:
    return next(
        (one for one in table.routes if one.destination_cidr_block == str(destination)), None
    )


def _no_route(table: RouteTable, destination: IPv4Network) -> ApiError:
    return ApiError(
        f"no route with destination-cidr-block {destination} in route table {table.id}",
        code="InvalidRoute.NotFound",
    )
