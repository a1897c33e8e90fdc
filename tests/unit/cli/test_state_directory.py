"""The sealing key and the store belong together; a start without either of them is refused."""

import sqlite3
from contextlib import closing

import pytest

from landbridge.cli import state_directory
from landbridge.settings import Settings, StateError
from landbridge.store.migrate import UnknownSchemaError, migrate
from landbridge.store.secrets import Sealer

KEY = bytes(range(32))


@pytest.fixture
def settings(tmp_path):
    made = Settings(state_dir=tmp_path, run_dir=tmp_path / "run")
    migrate(made.database)
    return made


def hold(settings, *connections, deleted=False, key=KEY):
    """Put connections with sealed keys into the store."""
    sealer = Sealer(key)
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as store:
        for one in connections:
            store.execute(
                "INSERT INTO intent_vpn_connections (id, type, customer_gateway_id, "
                "static_routes_only, local_ipv4_network_cidr, remote_ipv4_network_cidr, "
                "generation, created_at, deleted_at) VALUES (?, 'ipsec.1', 'cgw-1', 0, "
                "'0.0.0.0/0', '0.0.0.0/0', 1, '2026-01-01', ?)",
                (one, "2026-01-02" if deleted else None),
            )
            for number in (1, 2):
                store.execute(
                    "INSERT INTO intent_vpn_tunnels (vpn_connection_id, number, "
                    "outside_ip_address, tunnel_inside_cidr, pre_shared_key, options) "
                    "VALUES (?, ?, ?, '169.254.6.0/30', ?, '{}')",
                    (one, number, f"{one}-{number}", sealer.seal("psk", purpose=one)),
                )


def test_a_key_is_made_when_nothing_needs_another(settings):
    hold(settings, "vpn-1", deleted=True)
    assert state_directory.unopened(settings, make_key=True) == []
    assert len(settings.sealing_key.read_bytes()) == 32


def test_none_is_made_while_the_store_holds_secrets(settings):
    hold(settings, "vpn-1")
    with pytest.raises(StateError, match="is missing"):
        state_directory.unopened(settings, make_key=True)
    assert not settings.sealing_key.exists()


def test_another_key_is_refused(settings):
    hold(settings, "vpn-1", "vpn-2")
    settings.sealing_key.write_bytes(bytes(32))
    with pytest.raises(StateError, match="opens no secret"):
        state_directory.unopened(settings)


def test_a_secret_that_does_not_open_is_one_connections_trouble(settings):
    hold(settings, "vpn-1", "vpn-2")
    settings.sealing_key.write_bytes(KEY)
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as store:
        store.execute(
            "UPDATE intent_vpn_tunnels SET pre_shared_key = 'ä' "
            "WHERE vpn_connection_id = 'vpn-2' AND number = 1"
        )
    assert state_directory.unopened(settings) == ["vpn-2"]


@pytest.mark.parametrize("size", [0, 10, 16, 31, 33])
def test_a_key_of_another_size_is_none(settings, size):
    settings.sealing_key.write_bytes(bytes(size))
    with pytest.raises(StateError, match=f"has {size} bytes, not 32"):
        state_directory.unopened(settings)


def test_a_damaged_store_is_told_in_a_sentence(settings):
    settings.database.write_text("garbage " * 1000)
    with pytest.raises(UnknownSchemaError, match="not a database"):
        migrate(settings.database)
    with pytest.raises(StateError, match="damaged"), state_directory.reading(settings) as session:
        session.connection()
