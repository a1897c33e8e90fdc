"""Site-to-Site VPN connections: create, describe, delete.

Source: guide, "Create a Site-to-Site VPN connection", "Deleting a Site-to-Site VPN connection".
"""

from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from landbridge.aws.errors import InvalidParameterCombination, InvalidParameterValue
from landbridge.aws.filters import Filters
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags, tunnel_options, vpn_connection_requests
from landbridge.services.ec2.kinds import CUSTOMER_GATEWAY, VPN_CONNECTION, VPN_GATEWAY
from landbridge.services.ec2.listing import absent, listing, member, public
from landbridge.services.ec2.resources import row, rows
from landbridge.services.ec2.vpn_connection_answer import (
    complete,
    configuration,
    describe,
)
from landbridge.services.ec2.vpn_connection_requests import Wanted
from landbridge.services.ec2.vpn_tunnel_addresses import inside_cidrs, outside_addresses
from landbridge.services.registry import Request, Response, operation
from landbridge.store.secrets import SealBrokenError
from landbridge.store.tables.vpn import CustomerGateway, VpnConnection, VpnGateway, VpnTunnel

_FILTERS: Filters = {
    "bgp-asn": member("_CustomerAsn"),
    "customer-gateway-id": member("CustomerGatewayId"),
    "option.static-routes-only": member("Options.StaticRoutesOnly"),
    "route.destination-cidr-block": member("Routes.DestinationCidrBlock"),
    "state": member("State"),
    "type": member("Type"),
    "vpn-connection-id": member("VpnConnectionId"),
    "vpn-gateway-id": member("VpnGatewayId"),
    **absent("transit-gateway-id"),
}
_CONFIGURATION = "customer-gateway-configuration"
"The filter for whose sake configurations are written that are not answered."


@operation("CreateVpnConnection")
def create_vpn_connection(ctx: Context, request: Request) -> Response:
    """Create a VPN connection on a VPN gateway, or on none yet.

    "This is an idempotent operation" (API reference): between the same two gateways the same
    request again returns the connection that exists.
    """
    vpn_connection_requests.check_gateways(request)
    wanted = vpn_connection_requests.read(request)
    wanted_tags = tags.specified(request, VPN_CONNECTION)
    customer = row(ctx, CustomerGateway, request["CustomerGatewayId"], CUSTOMER_GATEWAY)
    vpn_connection_requests.check_transit_gateway(request)
    gateway = None
    if request.get("VpnGatewayId"):
        gateway = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
        earlier = _same(ctx, customer, gateway, wanted)
        if earlier is not None:
            return {"VpnConnection": _answer(ctx, earlier)}
        _check_asns(customer, gateway, wanted)
    created = VpnConnection(
        id=new_id(VPN_CONNECTION.prefix),
        created_at=ctx.now,
        type=request["Type"],
        customer_gateway_id=customer.id,
        vpn_gateway_id=gateway.id if gateway else None,
        static_routes_only=wanted.static_routes_only,
        local_ipv4_network_cidr=wanted.local_ipv4_network_cidr,
        remote_ipv4_network_cidr=wanted.remote_ipv4_network_cidr,
        routes=[],
    )
    created.tunnels = _tunnels(ctx, created, wanted)
    ctx.session.add(created)
    tags.create(ctx, created.id, wanted_tags)
    ctx.session.flush()
    return {"VpnConnection": _answer(ctx, created)}


@operation("DescribeVpnConnections")
def describe_vpn_connections(ctx: Context, request: Request) -> Response:
    """List VPN connections, deleted ones for a while."""
    ids = request.get("VpnConnectionIds") or []
    listed = rows(
        ctx, VpnConnection, ids, VPN_CONNECTION, keep_deleted=True, options=(lazyload("*"),)
    )
    return listing(
        "VpnConnections",
        describe(ctx, listed),
        request,
        {**_FILTERS, _CONFIGURATION: lambda item: [configuration(ctx, item)]},
        key="VpnConnectionId",
        complete=partial(complete, ctx),
    )


@operation("DeleteVpnConnection")
def delete_vpn_connection(ctx: Context, request: Request) -> Response:
    """Delete a VPN connection with its static routes; the gateways stay."""
    doomed = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    doomed.deleted_at = ctx.now
    for route in doomed.routes:
        route.deleted_at = route.deleted_at or ctx.now
    return {}


def _answer(ctx: Context, connection: VpnConnection) -> dict[str, Any]:
    return public(complete(ctx, describe(ctx, [connection]))[0])


def _check_asns(customer: CustomerGateway, gateway: VpnGateway, wanted: Wanted) -> None:
    """Both sides of a BGP session differ (guide, "Create a virtual private gateway")."""
    if not wanted.static_routes_only and gateway.amazon_side_asn == customer.bgp_asn:
        raise InvalidParameterValue(
            "CustomerGatewayId",
            customer.id,
            allowed=f"a customer gateway whose ASN is not {customer.bgp_asn}, "
            f"the ASN of {gateway.id}",
        )


def _same(
    ctx: Context, customer: CustomerGateway, gateway: VpnGateway, wanted: Wanted
) -> VpnConnection | None:
    """Find the connection between two gateways; they can have one only."""
    found = ctx.session.scalars(
        select(VpnConnection).where(
            VpnConnection.customer_gateway_id == customer.id,
            VpnConnection.vpn_gateway_id == gateway.id,
            VpnConnection.deleted_at.is_(None),
        )
    ).first()
    if found is not None and not _fits(ctx, found, wanted):
        raise InvalidParameterCombination(
            f"A VPN connection between {customer.id} and {gateway.id} exists with other options: "
            f"{found.id}"
        )
    return found


def _fits(ctx: Context, found: VpnConnection, wanted: Wanted) -> bool:
    attributes = ("static_routes_only", "local_ipv4_network_cidr", "remote_ipv4_network_cidr")
    return all(getattr(found, name) == getattr(wanted, name) for name in attributes) and all(
        _tunnel_fits(ctx, tunnel, one)
        for tunnel, one in zip(found.tunnels, wanted.tunnels, strict=True)
    )


def _tunnel_fits(ctx: Context, tunnel: VpnTunnel, chosen: tunnel_options.Chosen) -> bool:
    """Compare what was chosen; what was left to us is as it is."""
    if chosen.inside is not None and str(chosen.inside) != tunnel.tunnel_inside_cidr:
        return False
    if tunnel.options != chosen.options:
        return False
    if chosen.psk is None:
        return True
    try:
        key = ctx.sealer.open(tunnel.pre_shared_key, purpose=tunnel.vpn_connection_id)
    except SealBrokenError:
        return False
    return chosen.psk == key


def _tunnels(ctx: Context, connection: VpnConnection, wanted: Wanted) -> list[VpnTunnel]:
    outside = outside_addresses(ctx)
    inside = inside_cidrs(ctx, connection.vpn_gateway_id, wanted.tunnels)
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
        for number, one in enumerate(wanted.tunnels, start=1)
    ]
