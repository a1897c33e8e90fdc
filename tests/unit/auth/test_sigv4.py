"""Signatures: AWS's published vectors, botocore's own signer, and every way to spoil one."""

import dataclasses
import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge import clock
from landbridge.auth.sigv4 import Caller, Refused, RequestParts, verify

ACCESS_KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
VECTOR_TIME = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
BODY = b"Action=DescribeVpcs&Version=2016-11-15"


def check(parts, *, now=None, region="us-east-1", services=("ec2",)):
    return verify(
        parts,
        secret_of={ACCESS_KEY: SECRET}.get,
        now=now or clock.now(),
        region=region,
        services=services,
    )


def refusal(parts, **surroundings):
    with pytest.raises(Refused) as refused:
        check(parts, **surroundings)
    return refused.value


def parts_of(request, *, secure=False):
    """What the server sees of a request that botocore has prepared."""
    url = urlsplit(request.url)
    headers = [(name.lower(), str(value)) for name, value in request.headers.items()]
    if "host" not in dict(headers):
        headers.append(("host", url.netloc))
    return RequestParts(
        method=request.method,
        path=url.path,
        query=url.query,
        headers=headers,
        body=request.body if isinstance(request.body, bytes) else (request.body or "").encode(),
        secure=secure,
    )


def signed(
    *, url="http://127.0.0.1:4800/", body=BODY, method="POST", region="us-east-1", service="ec2",
    signer=SigV4Auth, headers=None, secret=SECRET, access_key=ACCESS_KEY, token=None, context=None,
    secure=False,
):  # fmt: skip
    request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    request.context.update(context or {})
    signer(Credentials(access_key, secret, token), service, region).add_auth(request)
    return parts_of(request.prepare(), secure=secure)


def vector(signature, *, method="GET", query="", body=b"", extra=(), names="host;x-amz-date"):
    return RequestParts(
        method=method,
        path="/",
        query=query,
        headers=[
            *extra,
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                f"SignedHeaders={names}, Signature={signature}",
            ),
        ],
        body=body,
        secure=False,
    )


@pytest.mark.parametrize(
    "parts",
    [
        vector("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        vector(
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            query="Param2=value2&Param1=value1",
        ),
        vector(
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            method="POST",
            body=b"Param1=value1",
            extra=[("content-type", "application/x-www-form-urlencoded")],
            names="content-type;host;x-amz-date",
        ),
    ],
    ids=["get-vanilla", "get-vanilla-query-order-key-case", "post-x-www-form-urlencoded"],
)
def test_the_vectors_of_aws(parts):
    caller = check(parts, now=VECTOR_TIME, services=("service",))
    assert caller == Caller(access_key=ACCESS_KEY, region="us-east-1", service="service")


def test_the_example_of_the_iam_guide():
    parts = RequestParts(
        method="GET",
        path="/",
        query="Action=ListUsers&Version=2010-05-08",
        headers=[
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                "SignedHeaders=content-type;host;x-amz-date, Signature="
                "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            ),
        ],
        body=b"",
        secure=False,
    )
    assert check(parts, now=VECTOR_TIME, services=("sts", "iam")).service == "iam"


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"body": b""},
        {"body": "é=%C3%A9".encode()},
        {"method": "GET", "body": b"", "url": "http://h/?Action=A&Filter.1.Value=a%20%2Bb~%2A%2F"},
        {"method": "GET", "body": b"", "url": "http://h/?b=2&a=2&a=1&c"},
        {"url": "http://h/a//b/./c/../d%20e/"},
        {"url": "http://h"},
        {"headers": {"X-Custom": "  several   spaces \t here "}},
        {"headers": {"Date": "whenever"}},
        {"headers": {"X-Amz-Target": "x"}},
        {"region": "us-east-1", "context": {"payload_signing_enabled": False}, "secure": True,
         "url": "https://h/"},
        {"signer": SigV4QueryAuth, "body": {"Action": "DescribeVpcs"}},
        {"signer": SigV4QueryAuth, "method": "GET", "body": b"",
         "url": "http://h/?Action=DescribeVpcs&Filter.1.Value=%C3%A9+b"},
    ],
)  # fmt: skip
def test_what_botocore_signs_is_verified(arguments):
    assert check(signed(**arguments)).access_key == ACCESS_KEY


TAMPERINGS = {
    "method": lambda _: {"method": "PUT"},
    "path": lambda _: {"path": "/x"},
    "query": lambda parts: {"query": parts.query + "&DryRun=false"},
    "body": lambda parts: {"body": parts.body + b"&DryRun=false"},
    "host": lambda parts: {"headers": changed(parts, "host", "elsewhere")},
    "date": lambda parts: {"headers": changed(parts, "x-amz-date", later(parts))},
    "signed header": lambda parts: {"headers": changed(parts, "x-note", "other")},
    "signed header doubled": lambda parts: {"headers": [*parts.headers, ("x-note", "again")]},
    "signed header gone": lambda parts: {"headers": [h for h in parts.headers if h[0] != "x-note"]},
    "signature": lambda parts: {"headers": in_authorization(parts, "Signature=", "Signature=0")},
    "signed headers": lambda parts: {"headers": in_authorization(parts, ";x-note", "")},
}


def changed(parts, name, value):
    return [(one, value if one == name else old) for one, old in parts.headers]


def in_authorization(parts, old, new):
    assert old in dict(parts.headers)["authorization"]
    return changed(parts, "authorization", dict(parts.headers)["authorization"].replace(old, new))


def later(parts):
    moment = datetime.strptime(dict(parts.headers)["x-amz-date"], "%Y%m%dT%H%M%SZ")
    return f"{moment - timedelta(seconds=1):%Y%m%dT%H%M%SZ}"


@pytest.mark.parametrize("part", TAMPERINGS)
def test_tampering_with_any_part_is_noticed(part):
    parts = signed(url="http://h/?a=1", headers={"X-Note": "one"})
    check(parts)
    refused = refusal(dataclasses.replace(parts, **TAMPERINGS[part](parts)))
    assert (refused.code, refused.status) == ("SignatureDoesNotMatch", 403)
    assert "The request signature we calculated does not match" in refused.message


def test_tampering_with_a_presigned_url_is_noticed():
    parts = signed(signer=SigV4QueryAuth, method="GET", body=b"", url="http://h/?Action=A")
    check(parts)
    for old, new in (
        ("Action=A", "Action=B"),
        ("Expires=3600", "Expires=3601"),
        ("ture=", "ture=0"),
    ):
        refused = refusal(dataclasses.replace(parts, query=parts.query.replace(old, new, 1)))
        assert refused.code == "SignatureDoesNotMatch"
    assert refusal(dataclasses.replace(parts, body=b"x")).code == "SignatureDoesNotMatch"


def test_who_has_another_secret_or_key_is_refused():
    assert refusal(signed(secret="another")).code == "SignatureDoesNotMatch"
    refused = refusal(signed(access_key="AKIDOTHER"))
    assert (refused.code, refused.status, refused.message) == (
        "AuthFailure",
        401,
        "AWS was not able to validate the provided access credentials",
    )


def test_a_session_token_that_we_did_not_give_is_refused():
    assert refusal(signed(token="x")).code == "AuthFailure"
    parts = signed(token="x", signer=SigV4QueryAuth, method="GET", body=b"")
    assert refusal(parts).code == "AuthFailure"


@pytest.mark.parametrize(
    ("minutes", "accepted"), [(0, True), (4.9, True), (-4.9, True), (5.1, False), (-5.1, False)]
)
def test_clocks_may_differ_by_five_minutes(minutes, accepted):
    parts = signed()
    signed_at = datetime.strptime(dict(parts.headers)["x-amz-date"], "%Y%m%dT%H%M%SZ")
    now = signed_at.replace(tzinfo=UTC) + timedelta(minutes=minutes)
    if accepted:
        assert check(parts, now=now)
    else:
        refused = refusal(parts, now=now)
        assert (refused.code, refused.status) == ("RequestExpired", 400)
        assert refused.message.startswith("Request has expired. Timestamp date is ")


def test_a_presigned_url_lasts_as_long_as_it_says():
    parts = signed(signer=SigV4QueryAuth, method="GET", body=b"", url="http://h/?Action=A")
    now = clock.now()
    assert check(parts, now=now + timedelta(minutes=59))
    assert refusal(parts, now=now + timedelta(minutes=61)).code == "RequestExpired"
    assert refusal(parts, now=now - timedelta(minutes=6)).code == "RequestExpired"
    for text in ("0", "604801", "x", "-1", ""):
        spoilt = parts.query.replace("Expires=3600", f"Expires={text}")
        assert refusal(dataclasses.replace(parts, query=spoilt)).code == "IncompleteSignature"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("/us-east-1/", "/eu-west-1/", "valid Region, not 'eu-west-1'"),
        ("/ec2/", "/iam/", "correct service: 'ec2'"),
        ("/aws4_request", "/aws5_request", "valid terminator: 'aws4_request'"),
        (f"/{clock.now():%Y%m%d}/", "/20010101/", "Date in Credential scope does not match"),
    ],
)
def test_the_scope_must_be_ours(old, new, text):
    parts = signed()
    refused = refusal(dataclasses.replace(parts, headers=in_authorization(parts, old, new)))
    assert (refused.code, refused.status) == ("SignatureDoesNotMatch", 403)
    assert text in refused.message


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "Unsupported AWS 'algorithm'"),
        ("AWS4-HMAC-SHA256 ", "AWS ", "Unsupported AWS 'algorithm': 'AWS'"),
        ("Credential=", "Kredential=", "requires 'Credential' parameter"),
        ("SignedHeaders=", "Signed=", "requires 'SignedHeaders' parameter"),
        ("Signature=", "Sig=", "requires 'Signature' parameter"),
        ("/aws4_request", "", "exactly 5 slash-delimited elements"),
        ("host;x-amz-date", "x-amz-date;host", "sorted"),
    ],
)
def test_an_authorization_that_is_malformed_is_refused(old, new, text):
    parts = signed()
    refused = refusal(dataclasses.replace(parts, headers=in_authorization(parts, old, new)))
    assert (refused.code, refused.status) == ("IncompleteSignature", 400)
    assert text in refused.message


@pytest.mark.parametrize("date", ["yesterday", "20150230T123600Z", "2015-08-30T12:36:00Z", ""])
def test_a_date_that_is_malformed_is_refused(date):
    parts = signed()
    refused = refusal(dataclasses.replace(parts, headers=changed(parts, "x-amz-date", date)))
    assert refused.code == "IncompleteSignature"
    assert "basic format" in refused.message


def test_a_date_is_needed():
    parts = signed()
    headers = [one for one in parts.headers if one[0] != "x-amz-date"]
    refused = refusal(dataclasses.replace(parts, headers=headers))
    assert refused.code == "IncompleteSignature"
    refused = refusal(dataclasses.replace(parts, headers=[*headers, ("date", "whenever")]))
    assert refused.code == "IncompleteSignature"


@pytest.mark.parametrize("query", ["", "Action=DescribeVpcs"])
def test_an_unsigned_request_is_refused(query):
    parts = RequestParts(
        method="POST", path="/", query=query, headers=[("host", "h")], body=BODY, secure=False
    )
    refused = refusal(parts)
    assert (refused.code, refused.status, refused.message) == (
        "MissingAuthenticationToken",
        403,
        "Request is missing Authentication Token",
    )


@pytest.mark.parametrize("where", ["query", "body"])
def test_signature_version_2_is_refused(where):
    text = "Action=DescribeVpcs&AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&Signature=x"
    parts = RequestParts(
        method="POST",
        path="/",
        query=text if where == "query" else "",
        headers=[("host", "h")],
        body=text.encode() if where == "body" else b"",
        secure=False,
    )
    refused = refusal(parts)
    assert refused.code == "IncompleteSignature"
    assert "Signature Version 2 is not supported" in refused.message


def test_the_host_must_be_signed():
    parts = signed()
    refused = refusal(dataclasses.replace(parts, headers=in_authorization(parts, "host;", "")))
    assert refused.code == "SignatureDoesNotMatch"
    assert "'Host'" in refused.message


def test_what_decides_must_be_signed():
    """Otherwise who is in between could declare the body unsigned, and change it."""
    parts = signed(secure=True)
    headers = [*parts.headers, ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]
    refused = refusal(dataclasses.replace(parts, headers=headers, body=b"Action=Other"))
    assert "'x-amz-content-sha256' must be a 'SignedHeader'" in refused.message


def test_an_unsigned_body_is_for_tls_only():
    arguments = {"url": "https://h/", "context": {"payload_signing_enabled": False}}
    assert check(signed(**arguments, secure=True))
    assert refusal(signed(**arguments, secure=False)).code == "SignatureDoesNotMatch"


def test_a_hash_of_another_body_is_refused():
    other = hashlib.sha256(b"other").hexdigest()
    refused = refusal(signed(headers={"X-Amz-Content-SHA256": other}))
    assert "does not match the body" in refused.message
    own = hashlib.sha256(BODY).hexdigest()
    assert check(signed(headers={"X-Amz-Content-SHA256": own}))


HEADERS = st.tuples(
    st.sampled_from(["authorization", "host", "date", "x-amz-date", "x-amz-security-token"]),
    st.one_of(
        st.text(max_size=40),
        st.text("AWS4-HMAC-SHA256 Credential=/,;SignedHeaders=host", max_size=90),
        st.sampled_from(
            [
                "20150830T123600Z",
                "AWS4-HMAC-SHA256 Credential=a/20150830/us-east-1/ec2/aws4_request,"
                "SignedHeaders=host,Signature=é",
            ]
        ),
    ),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(HEADERS, max_size=5),
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.binary(max_size=20),
)
def test_anything_is_verified_or_refused(headers, query, body):
    parts = RequestParts(
        method="GET", path=query, query=query, headers=headers, body=body, secure=True
    )
    with suppress(Refused):
        check(parts, now=VECTOR_TIME)
