"""The API's states, computed from what was asked for and what was seen; none is stored.

asked for, not yet built    -> PENDING     (attachments: attaching)
built in this generation    -> AVAILABLE   (attached)
deleted, still there        -> DELETING    (detaching)
deleted and gone            -> DELETED     (detached)
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a resource is between being asked for and being gone."""

    PENDING = "pending"
    AVAILABLE = "available"
    DELETING = "deleting"
    DELETED = "deleted"


ATTACHMENT = {
    State.PENDING: "attaching",
    State.AVAILABLE: "attached",
    State.DELETING: "detaching",
    State.DELETED: "detached",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The agent's word on a resource: it is being built, or exists in some generation."""

    generation: int | None
    "The last generation fully in effect; None while it is first being built."


def resource_state(*, generation: int, deleted: bool, seen: Seen | None) -> State:
    """Compute a resource's state; `seen` is None when the agent knows nothing of it."""
    if deleted:
        return State.DELETED if seen is None else State.DELETING
    if seen is None or seen.generation is None or seen.generation < generation:
        return State.PENDING
    return State.AVAILABLE
