"""The states of instances.

    pending --> running --> shutting-down --> terminated
    (asked for) (built)     (terminated, still there)   (gone; shown for an hour)

Source: Amazon EC2 User Guide, "Instance lifecycle"; instances here are not stopped.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from landbridge.services.context import Context
from landbridge.services.ec2.resources import states, still_there
from landbridge.store.tables.vpc import Instance
from landbridge.vpn.lifecycle import State

PENDING, RUNNING, SHUTTING_DOWN, TERMINATED = "pending", "running", "shutting-down", "terminated"
_NAMES = {
    State.PENDING: PENDING,
    State.AVAILABLE: RUNNING,
    State.DELETING: SHUTTING_DOWN,
    State.DELETED: TERMINATED,
}
_CODES = {PENDING: 0, RUNNING: 16, SHUTTING_DOWN: 32, TERMINATED: 48}


def instance_states(ctx: Context, instances: Sequence[Instance]) -> dict[str, str]:
    """Compute the states of instances, by id; one runs on while its groups change."""
    return {
        one: _NAMES[state] for one, state in states(ctx, instances, stay_available=True).items()
    }


def state_answer(name: str) -> dict[str, Any]:
    """Show a state, with its code."""
    return {"Code": _CODES[name], "Name": name}


def not_terminated(ctx: Context, *conditions: ColumnElement[bool]) -> list[Instance]:
    """List the instances that still have their address and groups: all, or some."""
    query = select(Instance).where(still_there(Instance), *conditions)
    return list(ctx.session.scalars(query))
