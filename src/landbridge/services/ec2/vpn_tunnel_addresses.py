"""Giving out the addresses of a connection's two tunnels, outside and inside.

An outside address is given out again only when the connection that had it is deleted and gone,
so that it is never at two endpoints at once.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network

from sqlalchemy import select

from landbridge.aws.errors import ApiError, InvalidParameterValue
from landbridge.services.context import Context
from landbridge.services.ec2.resources import states
from landbridge.services.ec2.tunnel_options import Chosen
from landbridge.store.tables.vpn import VpnConnection, VpnTunnel
from landbridge.vpn import addressing
from landbridge.vpn.lifecycle import State


def outside_addresses(ctx: Context) -> tuple[IPv4Address, IPv4Address]:
    """Choose two from the pool."""
    _release(ctx)
    used = ctx.session.scalars(
        select(VpnTunnel.outside_ip_address).where(VpnTunnel.outside_ip_address.is_not(None))
    )
    try:
        return addressing.outside_pair(
            ctx.outside_pool, {IPv4Address(one) for one in used if one is not None}
        )
    except LookupError as error:
        raise _exhausted(str(error)) from error


def inside_cidrs(
    ctx: Context, vpn_gateway_id: str | None, chosen: Sequence[Chosen]
) -> list[IPv4Network]:
    """Check the chosen blocks against the gateway's other tunnels, and choose the rest.

    Blocks of our choosing are unique over all connections, so that no device that has several
    meets one twice.
    """
    in_use = _inside_in_use(ctx)
    of_gateway = {
        block for block, gateway_id in in_use if gateway_id and gateway_id == vpn_gateway_id
    }
    for number, one in enumerate(chosen, start=1):
        if one.inside in of_gateway:
            raise InvalidParameterValue(
                f"Options.TunnelOptions.{number}.TunnelInsideCidr",
                one.inside,
                allowed=f"a CIDR block that no VPN connection of {vpn_gateway_id} uses",
            )
    taken = {block for block, _ in in_use}
    taken |= {one.inside for one in chosen if one.inside is not None}
    free = addressing.free_inside_cidrs(taken)
    try:
        return [one.inside or next(free) for one in chosen]
    except StopIteration:
        raise _exhausted(f"no block is free in {addressing.INSIDE_RANGE}") from None


def _release(ctx: Context) -> None:
    """Take the outside addresses from connections that are deleted and gone."""
    deleted = ctx.session.scalars(
        select(VpnConnection)
        .join(VpnConnection.tunnels)
        .where(VpnConnection.deleted_at.is_not(None), VpnTunnel.outside_ip_address.is_not(None))
    ).unique()
    listed = list(deleted)
    found = states(ctx, listed)
    for connection in listed:
        if found[connection.id] is State.DELETED:
            for tunnel in connection.tunnels:
                tunnel.outside_ip_address = None
    ctx.session.flush()


def _inside_in_use(ctx: Context) -> list[tuple[IPv4Network, str | None]]:
    """List inside blocks with their gateways; one is in use until its connection is gone.

    `_release` has taken the outside addresses of those that are gone.
    """
    rows = ctx.session.execute(
        select(VpnTunnel.tunnel_inside_cidr, VpnConnection.vpn_gateway_id)
        .join(VpnConnection, VpnConnection.id == VpnTunnel.vpn_connection_id)
        .where(VpnTunnel.outside_ip_address.is_not(None))
    )
    return [(IPv4Network(block), gateway_id) for block, gateway_id in rows]


def _exhausted(reason: str) -> ApiError:
    return ApiError(
        f"The maximum number of VPN connections has been reached: {reason}.",
        code="VpnConnectionLimitExceeded",
    )
