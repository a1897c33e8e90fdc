"""What the describing and deleting of every resource family has in common."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.sql.base import ExecutableOption

from landbridge.aws.errors import UnsupportedOperation
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import Kind
from landbridge.store.tables.base import Resource
from landbridge.store.tables.observed import ObservedResource
from landbridge.vpn.lifecycle import Seen, State, resource_state

VISIBLE_AFTER_DELETION = timedelta(hours=1)
"How long a deleted customer gateway, VPN gateway or VPN connection stays describable."

_SEEN = select(ObservedResource.id, ObservedResource.generation).where(
    ObservedResource.id.in_(bindparam("ids", expanding=True))
)

R = TypeVar("R", bound=Resource)


def rows(
    ctx: Context,
    table: type[R],
    ids: Sequence[str],
    kind: Kind,
    *,
    keep_deleted: bool = False,
    options: Sequence[ExecutableOption] = (),
) -> list[R]:
    """Load the rows to describe: those asked for, or all; deleted ones for a while, if kept.

    `options` say what of them need not be loaded. Raises the kind's NotFound for an id that is
    unknown or no longer visible.
    """
    visible: ColumnElement[bool] = table.deleted_at.is_(None)
    if keep_deleted:
        visible = or_(visible, table.deleted_at > ctx.now - VISIBLE_AFTER_DELETION)
    query = select(table).where(visible).order_by(table.created_at, table.id).options(*options)
    if ids:
        query = query.where(table.id.in_(ids))
    found = list(ctx.session.scalars(query))
    missing = set(ids) - {row.id for row in found}
    if missing:
        raise kind.missing(min(missing))
    return found


def row(ctx: Context, table: type[R], resource_id: str, kind: Kind) -> R:
    """Load one row that is not deleted, or raise the kind's NotFound."""
    found = ctx.session.get(table, resource_id)
    if found is None or found.deleted_at is not None:
        raise kind.missing(resource_id)
    return found


def still_there(table: type[Resource]) -> ColumnElement[bool]:
    """Select the rows whose state is not DELETED, as `states` computes it."""
    seen = select(ObservedResource.id).where(ObservedResource.id == table.id)
    return or_(table.deleted_at.is_(None), seen.exists())


def states(
    ctx: Context, described: Iterable[Resource], *, stay_available: bool = False
) -> Mapping[str, State]:
    """Compute the states of resources, by id.

    With `stay_available`, what was built once is available also while a change takes effect.
    """
    listed = list(described)
    ids = {"ids": [one.id for one in listed]}
    seen = {
        one: Seen(generation)
        for one, generation in (ctx.session.execute(_SEEN, ids) if listed else ())
    }
    return {
        one.id: resource_state(
            generation=0 if stay_available else one.generation,
            deleted=one.deleted_at is not None,
            seen=seen.get(one.id),
        )
        for one in listed
    }


def changed(changed_row: Resource) -> None:
    """Count a change, so that the agent puts it into effect and the state waits for it."""
    changed_row.generation += 1


def without_none(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None: an absent member is absent on the wire, not empty."""
    return {name: value for name, value in answer.items() if value is not None}


def unsupported(request: Mapping[str, Any], supported: Collection[str]) -> None:
    """Refuse the parameters of a request that have no effect here."""
    for name, value in request.items():
        if name not in supported and value not in (None, "", [], {}, False):
            raise UnsupportedOperation(f"The parameter {name} is not supported.")
