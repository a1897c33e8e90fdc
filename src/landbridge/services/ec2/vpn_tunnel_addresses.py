"""Giving out the addresses of a connection's two tunnels, outside and inside.

An address is in use until the connection that has it is deleted and gone, so that it is never at
two endpoints at once. The search begins behind what was given out last and goes round: what it
reads does not grow with the number of connections, and what has become free rests for a while.
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from landbridge.aws.errors import ApiError, InvalidParameterValue
from landbridge.services.context import Context
from landbridge.services.ec2.resources import still_there
from landbridge.services.ec2.tunnel_options import Chosen
from landbridge.store.tables.vpn import VpnConnection, VpnTunnel
from landbridge.vpn import addressing
from landbridge.vpn.addressing import OutsidePair

T = TypeVar("T")

_AT_ONCE = 32
"Addresses for which the store is asked at once."


def outside_addresses(ctx: Context) -> OutsidePair:
    """Choose two from the pool."""
    after = _last(ctx, VpnTunnel.outside_ip_address)
    candidates = addressing.outside_addresses(ctx.outside_pool, after=after)
    free = _free(ctx, VpnTunnel.outside_ip_address, candidates)
    try:
        return addressing.outside_pair(free)
    except LookupError:
        raise _exhausted(f"no two addresses are free in {ctx.outside_pool}") from None


def inside_cidrs(
    ctx: Context, vpn_gateway_id: str | None, chosen: Sequence[Chosen]
) -> list[IPv4Network]:
    """Check the chosen blocks against the gateway's other tunnels, and choose the rest.

    Blocks of our choosing are unique over all connections, so that no device that has several
    meets one twice.
    """
    given = [one.inside for one in chosen]
    _check_inside(ctx, vpn_gateway_id, given)
    after = _last(ctx, VpnTunnel.tunnel_inside_cidr)
    candidates = addressing.inside_cidrs(after=after)
    free = _free(ctx, VpnTunnel.tunnel_inside_cidr, (one for one in candidates if one not in given))
    try:
        return [block or next(free) for block in given]
    except StopIteration:
        raise _exhausted(f"no block is free in {addressing.INSIDE_RANGE}") from None


def _check_inside(
    ctx: Context, vpn_gateway_id: str | None, given: Sequence[IPv4Network | None]
) -> None:
    """Refuse a block that a tunnel of the same gateway has."""
    blocks = [one for one in given if one is not None]
    if vpn_gateway_id is None or not blocks:
        return
    of_gateway = VpnConnection.vpn_gateway_id == vpn_gateway_id
    taken = _in_use(ctx, VpnTunnel.tunnel_inside_cidr, blocks, of_gateway)
    for number, block in enumerate(given, start=1):
        if str(block) in taken:
            raise InvalidParameterValue(
                f"Options.TunnelOptions.{number}.TunnelInsideCidr",
                block,
                allowed=f"a CIDR block that no VPN connection of {vpn_gateway_id} uses",
            )


def _last(ctx: Context, column: InstrumentedAttribute[str]) -> str | None:
    """Find what the newest connection's second tunnel has."""
    newest = select(VpnConnection.id).order_by(VpnConnection.created_at.desc()).limit(1)
    query = select(column).where(VpnTunnel.vpn_connection_id == newest.scalar_subquery())
    return ctx.session.scalars(query.order_by(VpnTunnel.number.desc())).first()


def _free(ctx: Context, column: InstrumentedAttribute[str], candidates: Iterator[T]) -> Iterator[T]:
    """Yield the candidates that no connection has."""
    while some := list(islice(candidates, _AT_ONCE)):
        taken = _in_use(ctx, column, some)
        yield from (one for one in some if str(one) not in taken)


def _in_use(
    ctx: Context,
    column: InstrumentedAttribute[str],
    candidates: Iterable[Any],
    *conditions: ColumnElement[bool],
) -> set[str]:
    """Find which of a few addresses are in use."""
    query = (
        select(column)
        .join(VpnConnection, VpnConnection.id == VpnTunnel.vpn_connection_id)
        .where(column.in_([str(one) for one in candidates]))
        .where(still_there(VpnConnection), *conditions)
    )
    return set(ctx.session.scalars(query))


def _exhausted(reason: str) -> ApiError:
    return ApiError(
        f"The maximum number of VPN connections has been reached: {reason}.",
        code="VpnConnectionLimitExceeded",
    )
