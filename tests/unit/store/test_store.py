"""The store: one writer per table, transactions, migrations, secrets, the bell."""

import os
import select
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select as sql_select
from sqlalchemy.exc import DatabaseError

from landbridge.store import changes, observed, signal
from landbridge.store.engine import Store, StoreUnavailableError
from landbridge.store.migrate import UnknownSchemaError, migrate
from landbridge.store.secrets import SealBrokenError, Sealer, fingerprint
from landbridge.store.tables import Base, vpc, vpn
from landbridge.store.tables.observed import ObservedResource
from landbridge.vpn.observed import Counters, TunnelStatus

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "store.sqlite"
    migrate(file)
    return file


def a_vpc(**changes):
    return vpc.Vpc(**{"id": "vpc-1", "created_at": NOW, "cidr_block": "10.0.0.0/16"} | changes)


def a_subnet(**changes):
    of_vpc = {"vpc_id": "vpc-1", "cidr_block": "10.0.1.0/24", "availability_zone": "a"}
    return vpc.Subnet(**{"id": "subnet-1", "created_at": NOW} | of_vpc | changes)


def test_the_migrations_end_in_the_tables(path):
    store = Store(path, role="migrations")
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrating_twice_is_once(path):
    migrate(path)


@pytest.mark.parametrize("change", ["UPDATE alembic_version SET version_num = '9999'", None])
def test_what_is_no_store_of_ours_is_left_alone(path, change):
    if change:
        with sqlite3.connect(path) as connection:
            connection.execute(change)
    else:
        path.write_bytes(b"not a database, but long enough to be read as one" * 20)
    with pytest.raises(UnknownSchemaError, match=str(path)):
        migrate(path)


def test_each_process_writes_its_own_tables_only(path):
    with pytest.raises(DatabaseError), Store(path, role="agent").writing() as session:
        session.add(a_vpc())
    with pytest.raises(DatabaseError), Store(path, role="api").writing() as session:
        session.add(ObservedResource(id="vpc-1", generation=1))
    with pytest.raises(DatabaseError), Store(path, role="reader").writing() as session:
        session.add(a_vpc())


def test_an_exception_leaves_nothing_behind(path):
    store = Store(path, role="api")
    with pytest.raises(ZeroDivisionError), store.writing() as session:
        _ = session.add(a_vpc()), session.flush(), 1 / 0
    with store.reading() as session:
        assert session.get(vpc.Vpc, "vpc-1") is None


def test_times_come_back_aware_and_whole(path):
    store = Store(path, role="api")
    with store.writing() as session:
        session.add(a_vpc())
    with store.reading() as session:
        assert session.get(vpc.Vpc, "vpc-1").created_at == NOW


def observed_generations(store):
    with store.reading() as session:
        return {one.id: one.generation for one in session.scalars(sql_select(ObservedResource))}


def test_a_part_is_claimed_built_and_gone(path):
    api, agent = Store(path, role="api"), Store(path, role="agent")
    with api.writing() as session:
        session.add(a_vpc(generation=3))
        session.flush()
        session.add(a_subnet())
    with agent.writing() as session:
        wanted = observed.resources(session, "vpc-1")
        observed.claim(session, wanted)
    assert observed_generations(agent) == {"vpc-1": None, "subnet-1": None}
    with agent.writing() as session:
        observed.report(session, wanted, failed={"subnet-1"}, gone=True)
    assert observed_generations(agent) == {"vpc-1": 3, "subnet-1": None}
    with api.writing() as session:
        session.get(vpc.Subnet, "subnet-1").deleted_at = NOW
    for gone, left in ((False, {"vpc-1", "subnet-1"}), (True, {"vpc-1"})):
        with agent.writing() as session:
            wanted = observed.resources(session, "vpc-1")
            observed.report(session, wanted, failed=(), gone=gone)
        assert observed_generations(agent).keys() == left


def test_troubles_keep_their_time_and_go_when_they_are_over(path):
    agent = Store(path, role="agent")

    def report(hours, **messages):
        with agent.writing() as session:
            now = NOW + timedelta(hours=hours)
            observed.report_troubles(session, "vpc-1", messages, now)
            observed.report_troubles(session, "vpc-2", {"vpc-2": "stays"}, NOW)
        with agent.reading() as session:
            return {one.resource: (one.since, one.message) for one in observed.troubles(session)}

    stays = {"vpc-2": (NOW, "stays")}
    assert report(0, a="broken") == {"a": (NOW, "broken"), **stays}
    assert report(1, a="worse") == {"a": (NOW, "worse"), **stays}
    assert report(2) == stays


def test_a_tunnels_status_and_counters_come_back(path):
    status = TunnelStatus(connection_id="vpn-1", number=1, up=True, message="2 BGP ROUTES",
                          last_change=NOW, accepted_routes=2)  # fmt: skip
    counted = {("vpn-1", 1): Counters(packets_in=1, bytes_in=100, drops={"replay": 3})}
    store = Store(path, role="agent")
    for _ in range(2):
        with store.writing() as session:
            observed.report_tunnels(session, [status])
            observed.report_counters(session, counted)
    with store.reading() as session:
        assert observed.tunnels(session) == [status]
        assert observed.tunnels(session, ["vpn-1"]) == [status]
        assert observed.tunnels(session, ["vpn-2"]) == []
        assert observed.counters(session) == counted
    with store.writing() as session:
        observed.forget_tunnels(session, "vpn-1")
    with store.reading() as session:
        assert observed.tunnels(session) == []
        assert observed.counters(session) == {}


def test_what_a_transaction_changes_is_logged_for_the_agent(path):
    api = Store(path, role="api")
    with api.writing() as session:
        session.add_all([a_vpc(), a_vpc(id="vpc-2"), vpc.Tag(resource_id="x", key="k", value="")])
        session.flush()
        assert changes.has_changed(session)
    with api.reading() as session:
        revision, changed = changes.since(session, 0)
    assert changed == {"vpc-1", "vpc-2"}
    with api.writing() as session:
        session.get(vpc.Vpc, "vpc-2").deleted_at = NOW
        session.merge(vpc.Tag(resource_id="x", key="k", value="another"))
    with api.reading() as session:
        assert changes.since(session, revision) == (changes.revision(session), {"vpc-2"})


def test_a_change_of_a_tag_alone_is_nothing_to_the_agent(path):
    api = Store(path, role="api")
    with api.writing() as session:
        session.add(vpc.Tag(resource_id="x", key="k", value=""))
        session.flush()
        assert not changes.has_changed(session)
    with api.reading() as session:
        assert changes.revision(session) == 0


def test_what_is_acknowledged_is_on_the_disk(path):
    """SQLite's words: 2 is FULL (each commit is synced), 1 is NORMAL."""
    for role, level in (("api", 2), ("agent", 1)):
        with Store(path, role=role).reading() as session:
            assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == level


def test_the_log_is_carried_into_the_file_by_the_checkpoint_alone(path):
    api = Store(path, role="api")
    before = path.read_bytes()
    with api.writing() as session:
        session.add_all(a_vpc(id=f"vpc-{number}") for number in range(5000))
    assert path.read_bytes() == before, "no request stops for it"
    api.checkpoint()
    assert b"vpc-4999" in path.read_bytes()


def test_a_store_is_made_by_the_migrations_only(tmp_path):
    with (
        pytest.raises(StoreUnavailableError, match="cannot be opened"),
        Store(tmp_path / "none.sqlite", role="api").reading() as session,
    ):
        session.connection()
    assert list(tmp_path.iterdir()) == []


def test_connections_that_had_lost_their_addresses_go_and_others_stay(tmp_path):
    path = tmp_path / "old.sqlite"
    migrate(path, to="0002")
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute(
            "INSERT INTO intent_customer_gateways VALUES "
            "('ipsec.1', '1.1.1.1', 65000, NULL, 'cgw-1', 1, '2026-01-01', NULL)"
        )
        for one, address in (("vpn-1", None), ("vpn-2", "203.0.113.2")):
            old.execute(
                "INSERT INTO intent_vpn_connections (id, type, customer_gateway_id, "
                "static_routes_only, local_ipv4_network_cidr, remote_ipv4_network_cidr, "
                "generation, created_at) VALUES (?, 'ipsec.1', 'cgw-1', 0, '0.0.0.0/0', "
                "'0.0.0.0/0', 1, '2026-01-01')",
                (one,),
            )
            old.execute(
                "INSERT INTO intent_vpn_tunnels (vpn_connection_id, number, "
                "outside_ip_address, tunnel_inside_cidr, pre_shared_key, options) "
                "VALUES (?, 1, ?, '169.254.6.0/30', 'x', '{}')",
                (one, address),
            )
            old.execute("INSERT INTO intent_tags VALUES (?, 'Name', 'x')", (one,))
    migrate(path)
    with Store(path, role="reader").reading() as session:
        assert list(session.scalars(sql_select(vpn.VpnConnection.id))) == ["vpn-2"]
        assert list(session.scalars(sql_select(vpc.Tag.resource_id))) == ["vpn-2"]
        assert list(session.scalars(sql_select(vpn.VpnTunnel.outside_ip_address))) == [
            "203.0.113.2"
        ]


def test_secrets_open_for_their_purpose_only(tmp_path):
    sealer = Sealer.make(tmp_path / "key")
    sealed = sealer.seal("psk", purpose="vpn-1")
    assert "psk" not in sealed
    assert Sealer.from_file(tmp_path / "key").open(sealed, purpose="vpn-1") == "psk"
    with pytest.raises(SealBrokenError):
        sealer.open(sealed, purpose="vpn-2")
    with pytest.raises(SealBrokenError):
        Sealer.make(tmp_path / "other").open(sealed, purpose="vpn-1")


def test_the_key_is_for_its_owner_only(tmp_path):
    Sealer.make(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_fingerprint_changes_with_each_sealing(tmp_path):
    sealer = Sealer.make(tmp_path / "key")
    assert fingerprint(sealer.seal("a", purpose="p")) != fingerprint(sealer.seal("a", purpose="p"))


def test_the_bell_wakes_who_listens_and_nobody_else_matters(tmp_path):
    path = tmp_path / "bell"
    signal.ring(path)
    with signal.listen(path, owner=(os.getuid(), os.getgid())) as bell:
        for _ in range(1000):
            signal.ring(path)
        assert select.select([bell], [], [], 0)[0]
        signal.drain(bell)
        assert not select.select([bell], [], [], 0)[0]
