"""What the describing and deleting of every resource family has in common."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, or_, select

from landbridge.aws.errors import not_found
from landbridge.services.context import Context
from landbridge.store.tables.base import Resource
from landbridge.store.tables.observed import ObservedResource
from landbridge.vpn.lifecycle import Seen, State, resource_state

VISIBLE_AFTER_DELETION = timedelta(hours=1)
"How long a deleted customer gateway, VPN gateway or VPN connection stays describable."

R = TypeVar("R", bound=Resource)


class Kind(Protocol):
    """How EC2 speaks of a resource family when an id is unknown."""

    code: str
    "The error code, for example `InvalidVpnConnectionID.NotFound`."
    noun: str
    "As in `The vpnConnection ID 'vpn-1' does not exist`."


def rows(
    ctx: Context, table: type[R], ids: Sequence[str], kind: Kind, *, keep_deleted: bool = False
) -> list[R]:
    """Load the rows to describe: those asked for, or all; deleted ones for a while, if kept.

    Raises the kind's NotFound for an id that is unknown or no longer visible.
    """
    visible: ColumnElement[bool] = table.deleted_at.is_(None)
    if keep_deleted:
        visible = or_(visible, table.deleted_at > ctx.now - VISIBLE_AFTER_DELETION)
    query = select(table).where(visible).order_by(table.created_at, table.id)
    if ids:
        query = query.where(table.id.in_(ids))
    found = list(ctx.session.scalars(query))
    missing = set(ids) - {row.id for row in found}
    if missing:
        raise not_found(kind.code, kind.noun, min(missing))
    return found


def row(ctx: Context, table: type[R], resource_id: str, kind: Kind) -> R:
    """Load one row that is not deleted, or raise the kind's NotFound."""
    found = ctx.session.get(table, resource_id)
    if found is None or found.deleted_at is not None:
        raise not_found(kind.code, kind.noun, resource_id)
    return found


def states(ctx: Context, described: Iterable[Resource]) -> Mapping[str, State]:
    """Compute the states of resources, by id."""
    listed = list(described)
    seen = {
        one.id: Seen(one.generation)
        for one in ctx.session.scalars(
            select(ObservedResource).where(ObservedResource.id.in_([one.id for one in listed]))
        )
    }
    return {
        one.id: resource_state(
            generation=one.generation, deleted=one.deleted_at is not None, seen=seen.get(one.id)
        )
        for one in listed
    }


def changed(changed_row: Resource) -> None:
    """Count a change, so that the agent puts it into effect and the state waits for it."""
    changed_row.generation += 1


def without_none(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None: an absent member is absent on the wire, not empty."""
    return {name: value for name, value in answer.items() if value is not None}
