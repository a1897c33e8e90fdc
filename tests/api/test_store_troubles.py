"""A store that is busy, full, gone or another: requests are told so, and nothing is half done."""

import sqlite3
from contextlib import ExitStack, closing

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import event

from landbridge.store import engine


def refusal(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response
    return (
        error["Error"]["Code"],
        error["ResponseMetadata"]["HTTPStatusCode"],
        error["Error"]["Message"],
    )


def unavailable(api, ec2, words):
    """A write is refused in a way that clients try again, and rings no bell."""
    rung = len(api.rings)
    code, status, message = refusal(ec2.create_vpc, CidrBlock="10.1.0.0/16")
    assert (code, status) == ("Unavailable", 503)
    assert words in message
    assert len(api.rings) == rung


@pytest.fixture(autouse=True)
def vpc(ec2):
    """What is there before the trouble."""
    ec2.create_vpc(CidrBlock="10.0.0.0/16")


def blocks(ec2):
    return {one["CidrBlock"] for one in ec2.describe_vpcs()["Vpcs"]}


def impatient(api):
    """Let the api's store wait for nobody."""
    api.store.close()
    event.listen(api.store.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 0"))


def test_busy(api, ec2):
    impatient(api)
    with closing(sqlite3.connect(api.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        unavailable(api, ec2, "The store has been busy")
        assert blocks(ec2) == {"10.0.0.0/16"}, "reading goes on"
    ec2.create_vpc(CidrBlock="10.1.0.0/16")


def test_full(api, ec2):
    api.store.close()

    @event.listens_for(api.store.engine, "connect")
    def no_more_pages(raw, _):
        raw.execute("PRAGMA max_page_count = 1")  # SQLite makes it the present size

    def fill():
        for number in range(2000):
            ec2.create_customer_gateway(
                Type="ipsec.1", IpAddress="20.0.0.1", DeviceName=f"{number:0255}", BgpAsn=65000
            )

    code, status, message = refusal(fill)
    assert (code, status) == ("Unavailable", 503)
    assert "The store's disk is full." in message
    before = ec2.describe_customer_gateways()["CustomerGateways"]
    assert refusal(fill)[0] == "Unavailable"
    assert ec2.describe_customer_gateways()["CustomerGateways"] == before
    event.remove(api.store.engine, "connect", no_more_pages)
    api.store.close()
    ec2.create_vpc(CidrBlock="10.1.0.0/16")


def test_gone_and_put_back(api, ec2):
    path = api.store.path
    aside = path.rename(path.with_name("aside"))
    unavailable(api, ec2, "has been removed or replaced")
    assert not path.exists(), "no empty store in its place"
    aside.rename(path)
    assert blocks(ec2) == {"10.0.0.0/16"}
    ec2.create_vpc(CidrBlock="10.1.0.0/16")


def test_replaced(api, ec2, empty_store):
    path = api.store.path
    path.unlink()
    path.write_bytes(empty_store.read_bytes())
    unavailable(api, ec2, "has been removed or replaced")
    assert refusal(ec2.describe_vpcs)[0] == "Unavailable"


def test_damaged(api, ec2):
    api.store.close()
    api.store.path.write_bytes(b"not a database, but long enough to be read as one" * 200)
    unavailable(api, ec2, "The store's file is damaged.")


def test_more_at_once_than_connections_are_kept(api):
    """Threads that ask the store all have a connection, however many they are."""
    with ExitStack() as stack:
        for _ in range(engine._KEPT_CONNECTIONS + 5):
            session = stack.enter_context(api.store.reading())
            session.connection()
