"""How a VPN connection is shown: intent and observation joined.

`describe` shows what filters look at; `complete` adds what is costly, keys and the configuration
made with them, to the connections that are answered in the end.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, select

from landbridge.devices.customer_gateway_configuration import customer_gateway_configuration
from landbridge.devices.facts import ConnectionFacts, TunnelFacts
from landbridge.services.context import Context
from landbridge.services.ec2 import tags, tunnel_options
from landbridge.services.ec2.resources import states, without_none
from landbridge.store import observed
from landbridge.store.secrets import SealBrokenError
from landbridge.store.tables.vpc import Vpc
from landbridge.store.tables.vpn import (
    CustomerGateway,
    VpnConnection,
    VpnConnectionRoute,
    VpnGateway,
    VpnGatewayAttachment,
    VpnTunnel,
)
from landbridge.vpn.asn import DEFAULT_AMAZON_ASN
from landbridge.vpn.lifecycle import State
from landbridge.vpn.observed import TunnelStatus
from landbridge.vpn.reasons import IPSEC_IS_DOWN
from landbridge.vpn.tunnel_options import effective

log = logging.getLogger(__name__)
_ALIVE = (State.PENDING, State.AVAILABLE)

# Built once, and by columns: a statement built anew, and whole rows, cost twice and thrice as much.
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_AROUND = (
    select(
        VpnConnection.id,
        CustomerGateway.ip_address,
        CustomerGateway.bgp_asn,
        VpnGateway.amazon_side_asn,
        Vpc.cidr_block,
    )
    .join(CustomerGateway, CustomerGateway.id == VpnConnection.customer_gateway_id)
    .outerjoin(VpnGateway, VpnGateway.id == VpnConnection.vpn_gateway_id)
    .outerjoin(
        VpnGatewayAttachment,
        and_(
            VpnGatewayAttachment.vpn_gateway_id == VpnGateway.id,
            VpnGatewayAttachment.deleted_at.is_(None),
        ),
    )
    .outerjoin(Vpc, Vpc.id == VpnGatewayAttachment.vpc_id)
    .where(VpnConnection.id.in_(_IDS))
)
_TUNNELS = (
    select(*VpnTunnel.__table__.columns)
    .where(VpnTunnel.vpn_connection_id.in_(_IDS))
    .order_by(VpnTunnel.number)
)
_ROUTES = (
    select(VpnConnectionRoute)
    .where(VpnConnectionRoute.vpn_connection_id.in_(_IDS))
    .order_by(VpnConnectionRoute.destination_cidr_block)
)

# The same addresses are read again with each description, which takes most of its time.
_address = lru_cache(maxsize=1 << 14)(IPv4Address)
_network = lru_cache(maxsize=1 << 14)(IPv4Network)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A connection with what belongs to it."""

    connection: VpnConnection
    tunnels: Sequence[Row[Any]]
    "The columns of `VpnTunnel`."
    around: Any
    "A row about its gateways: ip_address, bgp_asn, amazon_side_asn, and the cidr_block of the VPC."

    def facts(self, ctx: Context) -> ConnectionFacts:
        """Collect what a device's configuration is made from."""
        one, around = self.connection, self.around
        first, second = (_tunnel_facts(ctx, tunnel) for tunnel in self.tunnels)
        return ConnectionFacts(
            vpn_connection_id=one.id,
            vpn_gateway_id=one.vpn_gateway_id or "",
            customer_gateway_id=one.customer_gateway_id,
            type=one.type,
            customer_address=_address(around.ip_address),
            customer_asn=around.bgp_asn,
            our_asn=around.amazon_side_asn or DEFAULT_AMAZON_ASN,
            static_routes_only=one.static_routes_only,
            local_cidr=_network(one.local_ipv4_network_cidr),
            remote_cidr=_network(one.remote_ipv4_network_cidr),
            vpc_cidr=_network(around.cidr_block) if around.cidr_block else None,
            tunnels=(first, second),
        )


def describe(ctx: Context, listed: Sequence[VpnConnection]) -> list[dict[str, Any]]:
    """Describe connections as far as filters look; what begins with `_` is not answered."""
    all_states = states(ctx, listed, stay_available=True)
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    routes = _routes(ctx, listed)
    return [
        without_none(
            {
                "VpnConnectionId": one.connection.id,
                "State": all_states[one.connection.id],
                "Type": one.connection.type,
                "Category": "VPN",
                "CustomerGatewayId": one.connection.customer_gateway_id,
                "VpnGatewayId": one.connection.vpn_gateway_id,
                "GatewayAssociationState": "associated"
                if one.connection.vpn_gateway_id
                else "not-associated",
                "Options": _options(one.connection),
                "Routes": routes[one.connection.id],
                "Tags": all_tags[one.connection.id],
                "_Loaded": one,
                "_CustomerAsn": one.around.bgp_asn,
            }
        )
        for one in _load(ctx, listed)
    ]


def complete(ctx: Context, described: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add to descriptions what is costly."""
    ids = [one["VpnConnectionId"] for one in described]
    seen = {(one.connection_id, one.number): one for one in observed.tunnels(ctx.session, ids)}
    return [_complete(ctx, one, seen) for one in described]


def configuration(ctx: Context, described: Mapping[str, Any]) -> str | None:
    """Write the native configuration of a connection; None once it is being deleted."""
    facts = _readable(ctx, described["_Loaded"]) if described["State"] in _ALIVE else None
    return customer_gateway_configuration(facts) if facts else None


def facts_of(ctx: Context, connection: VpnConnection) -> ConnectionFacts:
    """Collect what a device's configuration is made from."""
    (loaded,) = _load(ctx, [connection])
    return loaded.facts(ctx)


def _load(ctx: Context, listed: Sequence[VpnConnection]) -> Iterable[_Loaded]:
    """Load what belongs to some connections."""
    ids = {"ids": [one.id for one in listed]}
    around = {row.id: row for row in ctx.session.execute(_AROUND, ids)}
    tunnels = defaultdict(list)
    for tunnel in ctx.session.execute(_TUNNELS, ids):
        tunnels[tunnel.vpn_connection_id].append(tunnel)
    for one in listed:
        yield _Loaded(connection=one, tunnels=tunnels[one.id], around=around[one.id])


def _tunnel_facts(ctx: Context, tunnel: Row[Any]) -> TunnelFacts:
    return TunnelFacts(
        number=tunnel.number,
        outside_address=_address(tunnel.outside_ip_address),
        inside=_network(tunnel.tunnel_inside_cidr),
        psk=ctx.sealer.open(tunnel.pre_shared_key, purpose=tunnel.vpn_connection_id),
        options=effective(tunnel.options),
    )


def _complete(
    ctx: Context, described: Mapping[str, Any], seen: Mapping[tuple[str, int], TunnelStatus]
) -> dict[str, Any]:
    loaded: _Loaded = described["_Loaded"]
    facts = _readable(ctx, loaded)
    keys = [tunnel.psk for tunnel in facts.tunnels] if facts else [None, None]
    shown = [_tunnel_options(row, key) for row, key in zip(loaded.tunnels, keys, strict=True)]
    whole = {**described, "Options": {**described["Options"], "TunnelOptions": shown}}
    if described["State"] in _ALIVE:
        if facts:
            whole["CustomerGatewayConfiguration"] = customer_gateway_configuration(facts)
        whole["VgwTelemetry"] = [
            _telemetry(loaded.connection, tunnel, seen.get((loaded.connection.id, tunnel.number)))
            for tunnel in loaded.tunnels
        ]
    return whole


def _readable(ctx: Context, loaded: _Loaded) -> ConnectionFacts | None:
    """Collect the facts, unless a key cannot be opened: others' descriptions are not spoilt."""
    try:
        return loaded.facts(ctx)
    except SealBrokenError as error:
        log.error("%s", error)
        return None


def _options(connection: VpnConnection) -> dict[str, Any]:
    return {
        "EnableAcceleration": False,
        "StaticRoutesOnly": connection.static_routes_only,
        "LocalIpv4NetworkCidr": connection.local_ipv4_network_cidr,
        "RemoteIpv4NetworkCidr": connection.remote_ipv4_network_cidr,
        "OutsideIpAddressType": "PublicIpv4",
        "TunnelInsideIpVersion": "ipv4",
    }


def _tunnel_options(tunnel: Row[Any], psk: str | None) -> dict[str, Any]:
    """Show what was set."""
    answer = {
        "OutsideIpAddress": tunnel.outside_ip_address,
        "TunnelInsideCidr": tunnel.tunnel_inside_cidr,
        "PreSharedKey": psk,
        "LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False, "BgpLogEnabled": False}},
    }
    return without_none(answer | tunnel_options.answer(tunnel.options))


def _routes(ctx: Context, listed: Sequence[VpnConnection]) -> Mapping[str, list[dict[str, Any]]]:
    found = list(ctx.session.scalars(_ROUTES, {"ids": [one.id for one in listed]}))
    route_states = states(ctx, found)
    shown = defaultdict(list)
    for route in found:
        if route_states[route.id] is not State.DELETED:
            shown[route.vpn_connection_id].append(
                {
                    "DestinationCidrBlock": route.destination_cidr_block,
                    "Source": "Static",
                    "State": route_states[route.id],
                }
            )
    return shown


def _telemetry(
    connection: VpnConnection, tunnel: Row[Any], status: TunnelStatus | None
) -> dict[str, Any]:
    return {
        "OutsideIpAddress": tunnel.outside_ip_address,
        "Status": "UP" if status and status.up else "DOWN",
        "StatusMessage": status.message if status else IPSEC_IS_DOWN,
        "LastStatusChange": status.last_change if status else connection.created_at,
        "AcceptedRouteCount": status.accepted_routes if status else 0,
    }
