"""Routes that customers create in route tables; their targets here are VPN gateways.

Source: Amazon VPC User Guide, "Route table concepts"; EC2 API reference, CreateRoute.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network

from landbridge.aws.errors import (
    ApiError,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    UnsupportedOperation,
    not_found,
)
from landbridge.services.context import Context
from landbridge.services.ec2.cidrs import canonical
from landbridge.services.ec2.kinds import ROUTE_TABLE, VPC, VPN_GATEWAY
from landbridge.services.ec2.resources import changed, row, unsupported
from landbridge.services.ec2.vpn_gateways import attached_vpc
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Route, RouteTable, Vpc
from landbridge.store.tables.vpn import VpnGateway

_DESTINATION = {"RouteTableId", "DestinationCidrBlock"}
_NOT_TARGETS = {*_DESTINATION, "GatewayId", "DestinationIpv6CidrBlock", "DestinationPrefixListId"}


@operation("CreateRoute")
def create_route(ctx: Context, request: Request) -> Response:
    """Add a route to the VPN gateway that is attached to the table's VPC."""
    table, destination, block = _read(ctx, request)
    if destination == block or _find(table, destination) is not None:
        raise ApiError(
            f"The route identified by {destination} already exists.", code="RouteAlreadyExists"
        )
    if destination.subnet_of(block):
        raise _more_specific(destination)
    gateway_id = _gateway(ctx, request, table)
    table.routes.append(Route(destination_cidr_block=str(destination), gateway_id=gateway_id))
    changed(table)
    return {"Return": True}


@operation("ReplaceRoute")
def replace_route(ctx: Context, request: Request) -> Response:
    """Give a created route another target."""
    table, destination, block = _read(ctx, request)
    if destination == block:
        raise _more_specific(destination)
    existing = _find(table, destination)
    if existing is None:
        raise InvalidParameterValue(
            "DestinationCidrBlock",
            destination,
            message=f"There is no route defined for '{destination}' in the route table. Use "
            "CreateRoute instead.",
        )
    existing.gateway_id = _gateway(ctx, request, table)
    changed(table)
    return {}


@operation("DeleteRoute")
def delete_route(ctx: Context, request: Request) -> Response:
    """Take a created route away; the local one stays, a propagated one ends with its source."""
    unsupported(request, _DESTINATION)
    table, destination, block = _read(ctx, request)
    if destination == block:
        raise InvalidParameterValue(
            "DestinationCidrBlock",
            destination,
            message=f"cannot remove local route {destination} in route table {table.id}",
        )
    existing = _find(table, destination)
    if existing is None:
        raise ApiError(
            f"no route with destination-cidr-block {destination} in route table {table.id}",
            code="InvalidRoute.NotFound",
        )
    table.routes.remove(existing)
    changed(table)
    return {}


def _read(ctx: Context, request: Request) -> tuple[RouteTable, IPv4Network, IPv4Network]:
    """Read the table, the destination, and the block that the table routes locally."""
    for name in ("DestinationIpv6CidrBlock", "DestinationPrefixListId"):
        if request.get(name):
            raise UnsupportedOperation(
                f"The parameter {name} is not supported, use DestinationCidrBlock."
            )
    if not request.get("DestinationCidrBlock"):
        raise MissingParameter("DestinationCidrBlock")
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    vpc = row(ctx, Vpc, table.vpc_id, VPC)
    destination = canonical("DestinationCidrBlock", request["DestinationCidrBlock"])
    return table, destination, IPv4Network(vpc.cidr_block)


def _gateway(ctx: Context, request: Request, table: RouteTable) -> str:
    """Read the target: a VPN gateway that is attached to the VPC, or is about to be."""
    _check_target(request)
    gateway_id: str = request["GatewayId"]
    gateway = ctx.session.get(VpnGateway, gateway_id)
    if gateway is None or gateway.deleted_at is not None:
        raise not_found("InvalidGatewayID.NotFound", "gateway", gateway_id)
    if attached_vpc(gateway) != table.vpc_id:
        raise InvalidParameterValue(
            "GatewayId",
            gateway_id,
            message=f"route table {table.id} and network gateway {gateway_id} belong to "
            "different networks",
        )
    return gateway.id


def _check_target(request: Mapping[str, object]) -> None:
    others = [name for name, value in request.items() if value and name not in _NOT_TARGETS]
    if others and request.get("GatewayId"):
        raise InvalidParameterCombination(
            f"The request must contain exactly one target, not gatewayId and {', '.join(others)}."
        )
    if others:
        raise UnsupportedOperation(
            f"The parameter {others[0]} is not supported: a route's target is a VPN gateway, "
            f"named by GatewayId ({VPN_GATEWAY.prefix}-...)."
        )
    if not request.get("GatewayId"):
        raise MissingParameter("GatewayId")


def _more_specific(destination: IPv4Network) -> InvalidParameterValue:
    return InvalidParameterValue(
        "DestinationCidrBlock",
        destination,
        message=f"Destination CIDR block {destination} is equal to or more specific than one of "
        "this VPC's CIDR blocks. This route can target only an interface or an instance.",
    )


def _find(table: RouteTable, destination: IPv4Network) -> Route | None:
    return next(
        (one for one in table.routes if one.destination_cidr_block == str(destination)), None
    )
