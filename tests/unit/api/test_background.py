"""What the api does besides answering: purging every table, and going on after a failure."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from landbridge.api.background import Task, purge, repeat
from landbridge.store.engine import Store
from landbridge.store.migrate import migrate
from landbridge.store.tables import Base, vpc, vpn
from landbridge.store.tables.base import Resource, resource_tables
from landbridge.store.tables.observed import ObservedResource

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LONG_AGO, BEFORE = NOW - timedelta(days=2), NOW - timedelta(days=1)
SCALARS = {str: "x", int: 1, bool: False, list: [], dict: {}}


@pytest.fixture
def stores(tmp_path):
    path = tmp_path / "store.sqlite"
    migrate(path)
    return Store(path, role="api"), Store(path, role="agent")


def row_of(table, resource_id, **known):
    """Make a row of any resource, referring to rows of the same ending."""
    ending = resource_id.rpartition("-")[2]
    columns = {}
    for column in table.__table__.columns:
        if column.foreign_keys:
            referred = next(iter(column.foreign_keys)).column.table.name
            columns[column.name] = f"{referred}-{ending}"
        elif not column.nullable:
            columns[column.name] = SCALARS.get(column.type.python_type)
    return table(**columns | {"id": resource_id, "created_at": LONG_AGO} | known)


def fill(api, ending, deleted_at):
    """Make one row of every resource; those that others refer to first."""
    with api.writing() as session:
        for table in resource_tables():
            resource_id = f"{table.__tablename__}-{ending}"
            session.add(row_of(table, resource_id, deleted_at=deleted_at))
            session.add(vpc.Tag(resource_id=resource_id, key="Name", value="x"))
            session.flush()


def left(api):
    with api.reading() as session:
        tags = set(session.scalars(select(vpc.Tag.resource_id)))
        found = {one for table in resource_tables() for one in session.scalars(select(table.id))}
    assert found == tags
    return found


def test_every_resource_is_purged_once_it_is_gone_for_long(stores):
    api, _ = stores
    assert set(resource_tables()) == {
        mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Resource)
    }
    fill(api, "old", LONG_AGO)
    fill(api, "recent", NOW)
    fill(api, "alive", None)
    purge(api, before=BEFORE)
    assert left(api) == {
        f"{table.__tablename__}-{ending}"
        for table in resource_tables()
        for ending in ("recent", "alive")
    }


def test_what_is_still_there_is_kept_with_all_that_it_needs(stores):
    api, agent = stores
    fill(api, "old", LONG_AGO)
    kept = {"intent_vpn_gateway_attachments-old", "intent_vpn_gateways-old", "intent_vpcs-old"}
    with agent.writing() as session:
        session.add(ObservedResource(id="intent_vpn_gateway_attachments-old", generation=1))
    purge(api, before=BEFORE)
    assert left(api) == kept, "and nothing else, though some could not go"
    with agent.writing() as session:
        session.delete(session.get(ObservedResource, "intent_vpn_gateway_attachments-old"))
    purge(api, before=BEFORE)
    assert left(api) == set()


def test_a_static_route_of_a_living_connection_is_purged(stores):
    api, _ = stores
    fill(api, "alive", None)
    with api.writing() as session:
        session.get(
            vpn.VpnConnectionRoute, "intent_vpn_connection_routes-alive"
        ).deleted_at = LONG_AGO
    purge(api, before=BEFORE)
    with api.reading() as session:
        assert session.get(vpn.VpnConnection, "intent_vpn_connections-alive").routes == []


def test_a_failure_ends_nothing(caplog):
    calls = []

    async def three_times():
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def deed():
            calls.append(None)
            if len(calls) == 3:
                loop.call_soon_threadsafe(done.set)
            raise ValueError("trouble")

        task = asyncio.create_task(repeat(Task("purging", deed, 0)))
        await asyncio.wait_for(done.wait(), 10)
        task.cancel()

    asyncio.run(three_times())
    assert len(calls) >= 3
    assert "purging failed" in caplog.text
