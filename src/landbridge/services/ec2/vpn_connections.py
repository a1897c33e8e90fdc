"""Site-to-Site VPN connections: create, describe, delete.

Source: guide, "Create a Site-to-Site VPN connection", "Deleting a Site-to-Site VPN connection".
"""

from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Any

from sqlalchemy import select

from landbridge.aws import filters
from landbridge.aws.errors import (
    ApiError,
    InvalidParameterCombination,
    InvalidParameterValue,
    UnsupportedOperation,
)
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags, tunnel_options
from landbridge.services.ec2.kinds import CUSTOMER_GATEWAY, VPN_CONNECTION, VPN_GATEWAY
from landbridge.services.ec2.resources import row, rows, states, unsupported
from landbridge.services.ec2.vpn_connection_answer import describe
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpn import CustomerGateway, VpnConnection, VpnGateway, VpnTunnel
from landbridge.vpn import addressing
from landbridge.vpn.lifecycle import State

TYPES = ("ipsec.1",)
_SUPPORTED = {
    "CustomerGatewayId",
    "Type",
    "VpnGatewayId",
    "TransitGatewayId",
    "TagSpecifications",
    "Options",
    "PreSharedKeyStorage",
}
_OPTION_DEFAULTS = {
    "EnableAcceleration": False,
    "TunnelInsideIpVersion": "ipv4",
    "OutsideIpAddressType": "PublicIpv4",
    "TunnelBandwidth": "standard",
}
"Options of which only the default is built."
_OPTIONS = {
    *_OPTION_DEFAULTS,
    "StaticRoutesOnly",
    "LocalIpv4NetworkCidr",
    "RemoteIpv4NetworkCidr",
    "TunnelOptions",
}
_ANYWHERE = "0.0.0.0/0"

_FILTERS: filters.Filters = {
    "bgp-asn": lambda item: [item["_CustomerAsn"]],
    "customer-gateway-configuration": lambda item: [item.get("CustomerGatewayConfiguration", "")],
    "customer-gateway-id": lambda item: [item["CustomerGatewayId"]],
    "option.static-routes-only": lambda item: [item["Options"]["StaticRoutesOnly"]],
    "route.destination-cidr-block": lambda item: [
        route["DestinationCidrBlock"] for route in item["Routes"]
    ],
    "state": lambda item: [item["State"]],
    "transit-gateway-id": lambda _: [],
    "type": lambda item: [item["Type"]],
    "vpn-connection-id": lambda item: [item["VpnConnectionId"]],
    "vpn-gateway-id": lambda item: [item.get("VpnGatewayId", "")],
}


@operation("CreateVpnConnection")
def create_vpn_connection(ctx: Context, request: Request) -> Response:
    """Create a VPN connection on a VPN gateway, or on none yet."""
    options = request.get("Options") or {}
    _refuse_unsupported(request, options)
    customer = row(ctx, CustomerGateway, request["CustomerGatewayId"], CUSTOMER_GATEWAY)
    gateway = None
    if request.get("VpnGatewayId"):
        gateway = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
    static = bool(options.get("StaticRoutesOnly"))
    if gateway and not static and gateway.amazon_side_asn == customer.bgp_asn:
        raise InvalidParameterValue(
            "CustomerGatewayId",
            customer.id,
            allowed=f"a customer gateway whose ASN is not the VPN gateway's, {customer.bgp_asn}",
        )
    chosen = tunnel_options.read(options.get("TunnelOptions") or [])
    wanted_tags = tags.specified(request, VPN_CONNECTION)
    created = VpnConnection(
        id=new_id(VPN_CONNECTION.prefix),
        created_at=ctx.now,
        type=request["Type"],
        customer_gateway_id=customer.id,
        vpn_gateway_id=gateway.id if gateway else None,
        static_routes_only=static,
        local_ipv4_network_cidr=_network(options, "LocalIpv4NetworkCidr"),
        remote_ipv4_network_cidr=_network(options, "RemoteIpv4NetworkCidr"),
        routes=[],
    )
    earlier = _same(ctx, created, chosen)
    if earlier is not None:
        return {"VpnConnection": _answer(ctx, [earlier])[0]}
    created.tunnels = _tunnels(ctx, created, chosen)
    ctx.session.add(created)
    tags.create(ctx, created.id, wanted_tags)
    ctx.session.flush()
    return {"VpnConnection": _answer(ctx, [created])[0]}


@operation("DescribeVpnConnections")
def describe_vpn_connections(ctx: Context, request: Request) -> Response:
    """List VPN connections, deleted ones for a while."""
    listed = rows(
        ctx,
        VpnConnection,
        request.get("VpnConnectionIds") or [],
        VPN_CONNECTION,
        keep_deleted=True,
    )
    described = filters.matching(describe(ctx, listed), request.get("Filters"), _FILTERS)
    return {"VpnConnections": [_public(one) for one in described]}


@operation("DeleteVpnConnection")
def delete_vpn_connection(ctx: Context, request: Request) -> Response:
    """Delete a VPN connection; the gateways stay."""
    doomed = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    doomed.deleted_at = ctx.now
    return {}


def _answer(ctx: Context, listed: list[VpnConnection]) -> list[dict[str, Any]]:
    return [_public(one) for one in describe(ctx, listed)]


def _public(described: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is there for the filters only."""
    return {name: value for name, value in described.items() if not name.startswith("_")}


def _refuse_unsupported(request: Request, options: dict[str, Any]) -> None:
    if request.get("VpnGatewayId") and request.get("TransitGatewayId"):
        raise InvalidParameterCombination(
            "The request must not contain both parameter vpnGatewayId and transitGatewayId",
            code="InvalidParameterValue",
        )
    if request.get("TransitGatewayId"):
        raise UnsupportedOperation("The parameter TransitGatewayId is not supported.")
    if request["Type"] not in TYPES:
        raise InvalidParameterValue("Type", request["Type"], allowed=", ".join(TYPES))
    unsupported(request, _SUPPORTED)
    storage = request.get("PreSharedKeyStorage", "Standard")
    if storage != "Standard":
        raise UnsupportedOperation(f"PreSharedKeyStorage {storage} is not supported, use Standard.")
    _refuse_unsupported_options(options)


def _refuse_unsupported_options(options: dict[str, Any]) -> None:
    for name, default in _OPTION_DEFAULTS.items():
        value = options.get(name, default)
        if value != default:
            raise UnsupportedOperation(
                f"Options.{name} {value} is not supported, use {str(default).lower()}."
            )
    for name, value in options.items():
        if name not in _OPTIONS and value:
            raise UnsupportedOperation(f"The parameter Options.{name} is not supported.")


def _network(options: dict[str, Any], name: str) -> str:
    text = options.get(name) or _ANYWHERE
    try:
        return str(IPv4Network(text))
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise InvalidParameterValue(
            f"Options.{name}", text, allowed="an IPv4 CIDR block without host bits"
        ) from error


def _same(
    ctx: Context, wanted: VpnConnection, chosen: tuple[tunnel_options.Chosen, ...]
) -> VpnConnection | None:
    """Find the connection that exists already between two gateways.

    "If you decide to shut down your VPN connection for any reason and later create a new VPN
    connection..." is AWS's rule: one connection between the same two; a repetition returns it.
    """
    if wanted.vpn_gateway_id is None:
        return None
    found = ctx.session.scalars(
        select(VpnConnection).where(
            VpnConnection.customer_gateway_id == wanted.customer_gateway_id,
            VpnConnection.vpn_gateway_id == wanted.vpn_gateway_id,
            VpnConnection.deleted_at.is_(None),
        )
    ).first()
    if found is None:
        return None
    attributes = ("static_routes_only", "local_ipv4_network_cidr", "remote_ipv4_network_cidr")
    same = all(getattr(found, name) == getattr(wanted, name) for name in attributes) and all(
        _fits(tunnel, one) for tunnel, one in zip(found.tunnels, chosen, strict=True)
    )
    if not same:
        raise InvalidParameterCombination(
            f"There is a VPN connection with other options between '{found.customer_gateway_id}' "
            f"and '{found.vpn_gateway_id}': '{found.id}'. Delete it, or use another gateway."
        )
    return found


def _fits(tunnel: VpnTunnel, chosen: tunnel_options.Chosen) -> bool:
    inside = chosen.inside is None or str(chosen.inside) == tunnel.tunnel_inside_cidr
    return inside and chosen.psk is None and tunnel.options == chosen.options


def _tunnels(
    ctx: Context, connection: VpnConnection, chosen: tuple[tunnel_options.Chosen, ...]
) -> list[VpnTunnel]:
    outside = _outside_addresses(ctx)
    inside = _inside_cidrs(ctx, connection, chosen)
    return [
        VpnTunnel(
            number=number,
            outside_ip_address=str(outside[number - 1]),
            tunnel_inside_cidr=str(inside[number - 1]),
            pre_shared_key=ctx.sealer.seal(
                one.psk or tunnel_options.generate_psk(), purpose=connection.id
            ),
            options=dict(one.options),
        )
        for number, one in enumerate(chosen, start=1)
    ]


def _outside_addresses(ctx: Context) -> tuple[IPv4Address, IPv4Address]:
    """Give out two addresses; those of connections that are deleted and gone are free again."""
    deleted = ctx.session.scalars(
        select(VpnConnection)
        .join(VpnConnection.tunnels)
        .where(VpnConnection.deleted_at.is_not(None), VpnTunnel.outside_ip_address.is_not(None))
    ).unique()
    gone = list(deleted)
    for connection in gone:
        if states(ctx, [connection])[connection.id] is State.DELETED:
            for tunnel in connection.tunnels:
                tunnel.outside_ip_address = None
    ctx.session.flush()
    used = ctx.session.scalars(
        select(VpnTunnel.outside_ip_address).where(VpnTunnel.outside_ip_address.is_not(None))
    )
    try:
        return addressing.outside_pair(
            ctx.outside_pool, {IPv4Address(one) for one in used if one is not None}
        )
    except LookupError as error:
        raise ApiError(
            f"The maximum number of VPN connections has been reached: {error}.",
            code="VpnConnectionLimitExceeded",
        ) from error


def _inside_cidrs(
    ctx: Context, connection: VpnConnection, chosen: tuple[tunnel_options.Chosen, ...]
) -> list[IPv4Network]:
    """Check the chosen blocks against the gateway's other tunnels, and choose the rest.

    Blocks of our choosing are unique over all connections, so that no device that has several
    meets one twice.
    """
    in_use = ctx.session.execute(
        select(VpnTunnel.tunnel_inside_cidr, VpnConnection.vpn_gateway_id)
        .join(VpnConnection, VpnConnection.id == VpnTunnel.vpn_connection_id)
        .where(VpnConnection.deleted_at.is_(None))
    ).all()
    of_gateway = {
        IPv4Network(cidr)
        for cidr, gateway_id in in_use
        if gateway_id is not None and gateway_id == connection.vpn_gateway_id
    }
    for number, one in enumerate(chosen, start=1):
        if one.inside in of_gateway:
            raise InvalidParameterValue(
                f"Options.TunnelOptions.{number}.TunnelInsideCidr",
                one.inside,
                allowed=f"a CIDR block that no tunnel of {connection.vpn_gateway_id} has",
            )
    taken = {IPv4Network(cidr) for cidr, _ in in_use}
    taken |= {one.inside for one in chosen if one.inside is not None}
    free = addressing.free_inside_cidrs(taken)
    return [one.inside or next(free) for one in chosen]
