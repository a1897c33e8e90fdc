"""Clients that are slow, many, or up to no good: each is told so or closed, and harms nobody."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from botocore.auth import SigV4Auth

from api.test_wire import post
from landbridge.api import connections

REQUEST = b"Action=DescribeVpcs&Version=2016-11-15"


@pytest.fixture
def connect(api):
    """Open a socket to the api; reading from it ends when the api closes it."""
    opened = []

    def open_one():
        opened.append(socket.create_connection(("127.0.0.1", api.port), timeout=30))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def answer(connection):
    """Read until the api closes the connection."""
    pieces = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def healthy(api):
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    connection.request("GET", "/health")
    return connection.getresponse().status == 200


@pytest.mark.parametrize("sent", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: a\r\nX-A: "])
def test_a_head_that_does_not_arrive_is_not_waited_for(connect, monkeypatch, sent):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    slow = connect()
    slow.sendall(sent)
    assert answer(slow) == b""


def test_a_body_that_does_not_arrive_is_not_waited_for(connect, monkeypatch):
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.1)
    slow = connect()
    slow.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nA")
    assert answer(slow) == b""


@pytest.mark.parametrize("kept_busy_with", [b"", b"\r\n", b"GET /hea"])
def test_nobody_stays_between_two_requests(connect, monkeypatch, kept_busy_with):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.1 if not kept_busy_with else 60)
    idle = connect()
    idle.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    assert idle.recv(1 << 16).startswith(b"HTTP/1.1 200")
    idle.sendall(kept_busy_with)
    answer(idle)


def test_a_head_without_end_is_refused(connect):
    endless = connect()
    with suppress(ConnectionResetError, BrokenPipeError):
        endless.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nX-A: ")
        endless.sendall(b"a" * 2 * connections.MAX_HEAD_BYTES)
    assert answer(endless).split(b" ")[1:2] in ([], [b"400"])


def test_there_is_a_most_of_connections(api, connect, monkeypatch):
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 5)
    kept = [connect() for _ in range(5)]
    assert answer(connect()).startswith(b"HTTP/1.1 503")
    for one in kept:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer(one).startswith(b"HTTP/1.1 200")
    assert healthy(api)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"\x00" * 200,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    ],
)
def test_what_is_no_http_or_could_be_read_in_two_ways_is_not_answered_as_a_request(
    api, connect, sent
):
    other = connect()
    other.sendall(sent)
    other.shutdown(socket.SHUT_WR)
    first_line = answer(other).split(b"\r\n")[0]
    assert first_line.split(b" ")[1:2] in ([], [b"400"], [b"403"], [b"404"], [b"405"])
    assert healthy(api)


def test_a_request_behind_another_is_signed_by_itself(connect):
    """What is smuggled behind a signed body is a request of its own, and unsigned."""
    smuggled = connect()
    unsigned = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    smuggled.sendall(
        b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" + unsigned % (len(REQUEST), REQUEST)
    )
    answers = answer(smuggled)
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"<Code>MissingAuthenticationToken</Code>" in answers


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        lambda text: text.replace("Signature=", "Signature=\x80"),
        lambda text: text.replace("SignedHeaders=", "SignedHeaders=;"),
        lambda text: text.replace("SignedHeaders=", "SignedHeaders=host;host;"),
        lambda text: text.replace("Credential=", "Credential=/"),
        lambda text: text.replace("/us-east-1/", "//"),
        lambda text: text.replace("aws4_request", "aws4_requests"),
        lambda text: text.upper(),
        lambda _: "AWS4-HMAC-SHA256",
        lambda _: "AWS4-HMAC-SHA256 " + "=," * 1000,
        lambda _: "Basic YTpi",
    ],
)
def test_a_spoilt_signature_is_refused(api, spoil):
    class Spoilt(SigV4Auth):
        def add_auth(self, request):
            super().add_auth(request)
            authorization = request.headers["Authorization"]
            request.headers.replace_header("Authorization", spoil(authorization))

    status, text, _ = post(api, REQUEST, signer=Spoilt)
    assert status in {400, 401, 403}, text


@pytest.mark.parametrize(
    "moment",
    ["00010101T000000Z", "99991231T235959Z", "20260230T000000Z", "0", "-1", "%EF%BC%99" * 8],
)
def test_a_time_that_cannot_be_is_refused(api, moment):
    status, text, _ = post(
        api, b"", signer=None, method="GET",
        url=f"{api.url}/?Action=DescribeVpcs&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604800"
        f"&X-Amz-Credential=a%2F{moment[:8]}%2Fus-east-1%2Fec2%2Faws4_request"
        f"&X-Amz-SignedHeaders=host&X-Amz-Signature=00&X-Amz-Date={moment}",
    )  # fmt: skip
    assert status == 400
    expected = "RequestExpired" if moment[:4] in {"0001", "9999"} else "IncompleteSignature"
    assert f"<Code>{expected}</Code>" in text


def test_much_at_once_gives_nothing_twice(ec2):
    gateways = [
        ec2.create_customer_gateway(Type="ipsec.1", IpAddress=f"198.51.100.{number}", BgpAsn=65000)
        for number in range(1, 51)
    ]
    ids = [one["CustomerGateway"]["CustomerGatewayId"] for one in gateways]

    def create(customer):
        made = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=customer)
        return made["VpnConnection"]

    with ThreadPoolExecutor(10) as pool:
        created = list(pool.map(create, ids))
    tunnels = [tunnel for one in created for tunnel in one["Options"]["TunnelOptions"]]
    for member in ("OutsideIpAddress", "TunnelInsideCidr", "PreSharedKey"):
        assert len({one[member] for one in tunnels}) == 100
    assert len({one["VpnConnectionId"] for one in created}) == 50
