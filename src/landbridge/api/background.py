"""What the api does besides answering: it forgets what has been gone for long enough.

A deleted resource stays describable for an hour (`services.ec2.resources`); after a day its rows
go. Observed rows are the agent's to remove, and are gone long before.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from landbridge.store.engine import Store
from landbridge.store.tables import vpc, vpn
from landbridge.store.tables.observed import ObservedResource

log = logging.getLogger(__name__)
KEPT = timedelta(days=1)
PERIOD_SECONDS = 3600.0

_USERS_FIRST: tuple[Any, ...] = (
    vpn.VpnConnection,
    vpn.CustomerGateway,
    vpn.VpnGatewayAttachment,
    vpn.VpnGateway,
    vpc.Instance,
    vpc.SecurityGroup,
    vpc.RouteTable,
    vpc.Subnet,
    vpc.Vpc,
)
"Each before what it refers to."


async def purge_forever(store: Store, clock: Callable[[], datetime]) -> None:
    """Purge now and every hour."""
    while True:
        await asyncio.to_thread(_purge, store, clock())
        await asyncio.sleep(PERIOD_SECONDS)


def _purge(store: Store, now: datetime) -> None:
    with store.writing() as session:
        count = purge(session, before=now - KEPT)
    if count:
        log.info("purged %d resources that were deleted more than %s ago", count, KEPT)


def purge(session: Session, *, before: datetime) -> int:
    """Delete the rows of resources that were deleted before a moment and are gone."""
    still_there = set(session.scalars(select(ObservedResource.id)))
    count = 0
    for table in _USERS_FIRST:
        for row in session.scalars(select(table).where(table.deleted_at < before)):
            if row.id not in still_there:
                session.execute(delete(vpc.Tag).where(vpc.Tag.resource_id == row.id))
                session.delete(row)
                count += 1
        session.flush()
    session.execute(delete(vpc.ClientToken).where(vpc.ClientToken.created_at < before))
    return count
