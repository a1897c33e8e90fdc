"""How a VPN connection is shown: intent and observation joined."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import select

from landbridge.devices.customer_gateway_configuration import customer_gateway_configuration
from landbridge.devices.facts import ConnectionFacts, TunnelFacts
from landbridge.services.context import Context
from landbridge.services.ec2 import tags, tunnel_options
from landbridge.services.ec2.resources import states, without_none
from landbridge.store import observed
from landbridge.store.tables.vpc import Vpc
from landbridge.store.tables.vpn import (
    CustomerGateway,
    VpnConnection,
    VpnConnectionRoute,
    VpnGateway,
    VpnTunnel,
)
from landbridge.vpn.asn import DEFAULT_AMAZON_ASN
from landbridge.vpn.lifecycle import State
from landbridge.vpn.observed import TunnelStatus
from landbridge.vpn.reasons import IPSEC_IS_DOWN
from landbridge.vpn.tunnel_options import effective

_ALIVE = (State.PENDING, State.AVAILABLE)


def describe(ctx: Context, listed: list[VpnConnection]) -> list[dict[str, Any]]:
    """Describe connections; members that begin with `_` are for filters only."""
    all_states = states(ctx, listed, stay_available=True)
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    route_states = states(ctx, [route for one in listed for route in one.routes])
    seen = {(one.connection_id, one.number): one for one in observed.tunnels(ctx.session)}
    facts = facts_of(ctx, listed)
    return [
        without_none(
            {
                "VpnConnectionId": one.id,
                "State": all_states[one.id],
                "Type": one.type,
                "Category": "VPN",
                "CustomerGatewayId": one.customer_gateway_id,
                "VpnGatewayId": one.vpn_gateway_id,
                "GatewayAssociationState": "associated" if one.vpn_gateway_id else "not-associated",
                "Options": _options(one, facts[one.id]),
                "Routes": _routes(one.routes, route_states),
                "Tags": all_tags[one.id],
                "_CustomerAsn": facts[one.id].customer_asn,
            }
            | (_while_alive(one, facts[one.id], seen) if all_states[one.id] in _ALIVE else {})
        )
        for one in listed
    ]


def facts_of(ctx: Context, listed: Iterable[VpnConnection]) -> dict[str, ConnectionFacts]:
    """Collect what a device's configuration is made from, by connection id."""
    customers = {one.id: one for one in ctx.session.scalars(select(CustomerGateway))}
    gateways = {one.id: one for one in ctx.session.scalars(select(VpnGateway))}
    vpcs = {one.id: one for one in ctx.session.scalars(select(Vpc))}
    found = {}
    for one in listed:
        gateway = gateways.get(one.vpn_gateway_id or "")
        attachment = gateway.attachment if gateway else None
        attached = attachment is not None and attachment.deleted_at is None
        vpc = vpcs[attachment.vpc_id] if attachment and attached else None
        customer = customers[one.customer_gateway_id]
        first, second = (_tunnel_facts(ctx, tunnel) for tunnel in one.tunnels)
        found[one.id] = ConnectionFacts(
            vpn_connection_id=one.id,
            vpn_gateway_id=one.vpn_gateway_id or "",
            customer_gateway_id=one.customer_gateway_id,
            type=one.type,
            customer_address=IPv4Address(customer.ip_address),
            customer_asn=customer.bgp_asn,
            our_asn=gateway.amazon_side_asn if gateway else DEFAULT_AMAZON_ASN,
            static_routes_only=one.static_routes_only,
            local_cidr=IPv4Network(one.local_ipv4_network_cidr),
            remote_cidr=IPv4Network(one.remote_ipv4_network_cidr),
            vpc_cidr=IPv4Network(vpc.cidr_block) if vpc else None,
            tunnels=(first, second),
        )
    return found


def _tunnel_facts(ctx: Context, tunnel: VpnTunnel) -> TunnelFacts:
    return TunnelFacts(
        number=tunnel.number,
        # A released address belongs to a connection that is gone, whose file nobody is shown.
        outside_address=IPv4Address(tunnel.outside_ip_address or 0),
        inside=IPv4Network(tunnel.tunnel_inside_cidr),
        psk=ctx.sealer.open(tunnel.pre_shared_key, purpose=tunnel.vpn_connection_id),
        options=effective(tunnel.options),
    )


def _options(connection: VpnConnection, facts: ConnectionFacts) -> dict[str, Any]:
    return {
        "EnableAcceleration": False,
        "StaticRoutesOnly": connection.static_routes_only,
        "LocalIpv4NetworkCidr": connection.local_ipv4_network_cidr,
        "RemoteIpv4NetworkCidr": connection.remote_ipv4_network_cidr,
        "OutsideIpAddressType": "PublicIpv4",
        "TunnelInsideIpVersion": "ipv4",
        "TunnelOptions": [
            _tunnel_options(row, tunnel.psk)
            for row, tunnel in zip(connection.tunnels, facts.tunnels, strict=True)
        ],
    }


def _tunnel_options(tunnel: VpnTunnel, psk: str | None) -> dict[str, Any]:
    """Show what was set; of a connection that is gone the outside address is another's."""
    answer = {
        "OutsideIpAddress": tunnel.outside_ip_address,
        "TunnelInsideCidr": tunnel.tunnel_inside_cidr,
        "PreSharedKey": psk,
        "LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False, "BgpLogEnabled": False}},
    }
    return without_none(answer | tunnel_options.answer(tunnel.options))


def _routes(
    routes: list[VpnConnectionRoute], route_states: Mapping[str, State]
) -> list[dict[str, Any]]:
    return [
        {
            "DestinationCidrBlock": route.destination_cidr_block,
            "Source": "Static",
            "State": route_states[route.id],
        }
        for route in routes
        if route_states[route.id] is not State.DELETED
    ]


def _while_alive(
    connection: VpnConnection,
    facts: ConnectionFacts,
    seen: Mapping[tuple[str, int], TunnelStatus],
) -> dict[str, Any]:
    return {
        "CustomerGatewayConfiguration": customer_gateway_configuration(facts),
        "VgwTelemetry": [
            _telemetry(connection, tunnel, seen.get((connection.id, tunnel.number)))
            for tunnel in connection.tunnels
        ],
    }


def _telemetry(
    connection: VpnConnection, tunnel: VpnTunnel, status: TunnelStatus | None
) -> dict[str, Any]:
    return {
        "OutsideIpAddress": tunnel.outside_ip_address,
        "Status": "UP" if status and status.up else "DOWN",
        "StatusMessage": status.message if status else IPSEC_IS_DOWN,
        "LastStatusChange": status.last_change if status else connection.created_at,
        "AcceptedRouteCount": status.accepted_routes if status else 0,
    }
