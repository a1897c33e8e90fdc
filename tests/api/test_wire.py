"""The wire end to end: a real client, a real server, a few operations of the test's own."""

import http.client
import logging
from datetime import timedelta
from urllib.parse import urlencode

import botocore.auth
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from api.running import ACCESS_KEY, REGION, SECRET_KEY
from landbridge import clock
from landbridge.api.app import MAX_BYTES
from landbridge.aws.errors import InvalidParameterValue
from landbridge.services.registry import OPERATIONS, Operation
from landbridge.store.tables.vpc import Tag

CREDENTIALS = Credentials(ACCESS_KEY, SECRET_KEY)


@pytest.fixture(autouse=True)
def operations(monkeypatch):
    """Key pairs, which the product has not: a name is kept in the table of tags."""

    def create(ctx, request):
        if request["KeyName"] == "bad":
            ctx.session.add(Tag(resource_id="half", key="written", value=""))
            ctx.session.flush()
            raise InvalidParameterValue("KeyName", "bad", allowed="another")
        ctx.session.add(Tag(resource_id="key-1", key=request["KeyName"], value="x"))
        assert "DryRun" not in request
        return {"KeyName": request["KeyName"], "Tags": [{"Key": "é<&>", "Value": "\n"}]}

    def describe(ctx, request):
        names = [tag.key for tag in ctx.session.query(Tag).all()]
        kept = [name for name in names if name in request.get("KeyNames", names)]
        return {"KeyPairs": [{"KeyName": name, "CreateTime": ctx.now} for name in kept]}

    def delete(_, request):
        raise ValueError(f"the secret is {request['KeyName']}") from KeyError(request["KeyName"])

    handlers = {
        "CreateKeyPair": create,
        "DescribeKeyPairs": describe,
        "DeleteKeyPair": delete,
        "DeleteVolume": lambda _ctx, _request: {},
    }
    for name, handler in handlers.items():
        monkeypatch.setitem(OPERATIONS, ("ec2", name), Operation("ec2", name, handler))


def refusal(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    answer = refused.value.response
    assert answer["ResponseMetadata"]["RequestId"]
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def send(api, request):
    """Send a request as it is, signed or not, and read the answer."""
    prepared = request.prepare()
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=10)
    path = prepared.url.removeprefix(api.url) or "/"
    connection.request(prepared.method, path, prepared.body, dict(prepared.headers.items()))
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text, response.headers


def post(api, body, *, signer=SigV4Auth, url=None, method="POST"):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest(method=method, url=url or api.url + "/", data=body, headers=headers)
    if signer:
        signer(CREDENTIALS, "ec2", REGION).add_auth(request)
    return send(api, request)


def test_health_needs_no_signature(api):
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=10)
    connection.request("GET", "/health")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b'{"status":"ok"}')


def test_there_and_back(api, ec2):
    created = ec2.create_key_pair(KeyName="name & <é> +%")
    assert created["KeyName"] == "name & <é> +%"
    assert created["Tags"] == [{"Key": "é<&>", "Value": "\n"}]
    metadata = created["ResponseMetadata"]
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]
    assert metadata["HTTPHeaders"]["content-type"] == "text/xml;charset=UTF-8"
    ec2.create_key_pair(KeyName="other")
    (pair,) = ec2.describe_key_pairs(KeyNames=["other"])["KeyPairs"]
    assert pair["KeyName"] == "other"
    assert abs(pair["CreateTime"] - clock.now()) < timedelta(minutes=1)
    ec2.delete_volume(VolumeId="vol-1")
    assert api.rings == [], "what changes no resource is nothing to the agent"
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    ec2.describe_vpcs()
    assert len(api.rings) == 1, "reading rings no bell"


def test_a_refusal_leaves_nothing_behind(api, ec2):
    assert refusal(ec2.create_key_pair, KeyName="bad") == ("InvalidParameterValue", 400)
    assert ec2.describe_key_pairs()["KeyPairs"] == []
    assert api.rings == []


def test_a_dry_run_says_what_would_have_happened(api, ec2):
    assert refusal(ec2.create_key_pair, KeyName="a", DryRun=True) == ("DryRunOperation", 412)
    assert refusal(ec2.create_key_pair, KeyName="bad", DryRun=True)[0] == "InvalidParameterValue"
    assert refusal(ec2.describe_key_pairs, DryRun=True) == ("DryRunOperation", 412)
    assert ec2.describe_key_pairs(DryRun=False)["KeyPairs"] == []
    assert api.rings == []


def test_our_own_mistake_is_logged_without_what_the_customer_sent(ec2, caplog):
    caplog.set_level(logging.DEBUG, logger="landbridge")
    assert refusal(ec2.delete_key_pair, KeyName="hushhush") == ("InternalError", 500)
    ours = [one for one in caplog.records if one.name.startswith("landbridge")]
    text = "\n".join(one.getMessage() + str(one.exc_text) for one in ours)
    assert "ValueError" in text
    assert "KeyError" in text
    assert "in delete" in text
    assert "hushhush" not in text


def test_what_is_not_built_and_what_is_not_ec2s(api, ec2):
    assert refusal(ec2.create_fleet, TargetCapacitySpecification={"TotalTargetCapacity": 1},
                   LaunchTemplateConfigs=[{"Overrides": [{"Priority": 1.5}]}],
                   ) == ("UnsupportedOperation", 400)  # fmt: skip
    status, text, _ = post(api, b"Action=CreateTunnel&Version=2016-11-15")
    assert status == 400
    assert "<Code>InvalidAction</Code>" in text
    assert "The action CreateTunnel is not valid for this web service." in text
    assert "<Code>MissingAction</Code>" in post(api, b"Version=2016-11-15")[1]
    assert "<Code>NoSuchVersion</Code>" in post(api, b"Action=DescribeVpcs&Version=1")[1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"aws_secret_access_key": "x" * 40}, ("SignatureDoesNotMatch", 403)),
        ({"aws_access_key_id": "AKIAOTHER"}, ("AuthFailure", 401)),
        ({"aws_session_token": "x"}, ("AuthFailure", 401)),
        ({"region_name": "eu-west-1"}, ("SignatureDoesNotMatch", 403)),
    ],
)
def test_who_is_not_known_is_refused(api, arguments, expected):
    assert refusal(api.client(**arguments).describe_key_pairs) == expected
    assert refusal(api.client(**arguments).create_fleet, TargetCapacitySpecification={
        "TotalTargetCapacity": 1}, LaunchTemplateConfigs=[{}]) == expected  # fmt: skip


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_wrong_is_refused(api, minutes, monkeypatch):
    wrong = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: wrong)
    assert refusal(api.client().describe_key_pairs) == ("RequestExpired", 400)


def test_an_unsigned_request_is_refused(api):
    status, text, _ = post(api, b"Action=DescribeKeyPairs&Version=2016-11-15", signer=None)
    assert status == 403
    assert "<Code>MissingAuthenticationToken</Code>" in text


def test_a_presigned_url_is_a_request(api):
    url = f"{api.url}/?Action=DescribeKeyPairs&Version=2016-11-15&Filter.1.Name=a%20b"
    status, text, _ = post(api, b"", signer=SigV4QueryAuth, url=url, method="GET")
    assert status == 200
    assert "<keySet></keySet>" in text
    unknown = post(api, b"", signer=SigV4QueryAuth, url=url + "&X-Amz-Other=1", method="GET")
    assert "The parameter X-Amz-Other is not recognized" in unknown[1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"&Colour=red", "UnknownParameter"),
        (b"&KeyName=x", "MalformedQueryString"),
        (b"&KeyName.1=%ff", "InvalidCharacter"),
        (b"&KeyName.1=\xff", "InvalidCharacter"),
        (b"&KeyName.1=%", "MalformedQueryString"),
        (b"&Filter.99999999999=x", "UnknownParameter"),
        (b"&Action=DescribeVpcs", "MalformedQueryString"),
        (b"&DryRun=maybe", "InvalidParameterValue"),
        (b"&KeyName.1=%00%1F", "InvalidParameterValue"),
    ],
)
def test_malformed_requests(api, body, code):
    status, text, headers = post(api, b"Action=DescribeKeyPairs&Version=2016-11-15" + body)
    assert status == 400
    assert f"<Code>{code}</Code>" in text
    assert headers["x-amzn-requestid"] in text


def test_an_answer_that_cannot_be_written_undoes_the_change(api, ec2, monkeypatch):
    def create(ctx, request):
        ctx.session.add(Tag(resource_id="key-1", key=request["KeyName"], value="x"))
        return {"NoSuchMember": 1}

    monkeypatch.setitem(
        OPERATIONS, ("ec2", "CreateKeyPair"), Operation("ec2", "CreateKeyPair", create)
    )
    assert refusal(ec2.create_key_pair, KeyName="a") == ("InternalError", 500)
    assert ec2.describe_key_pairs()["KeyPairs"] == []
    assert api.rings == []


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 5 * MAX_BYTES])
def test_a_body_that_is_too_large_is_refused(api, size):
    status, text, _ = post(api, b"Action=" + b"x" * (size - 7))
    assert status == 413
    assert "<Code>RequestEntityTooLarge</Code>" in text


def test_the_largest_body_is_read(api):
    body = b"Action=DescribeKeyPairs&Version=2016-11-15&KeyName.1="
    status, text, _ = post(api, body + b"x" * (MAX_BYTES - len(body)))
    assert status == 200, text


def test_many_at_once(api):
    """Writers queue, none is lost."""
    from concurrent.futures import ThreadPoolExecutor

    client = api.client()
    with ThreadPoolExecutor(8) as pool:
        names = [f"key-{number}" for number in range(24)]
        list(pool.map(lambda name: client.create_key_pair(KeyName=name), names))
    assert {one["KeyName"] for one in client.describe_key_pairs()["KeyPairs"]} == set(names)


def test_the_query_of_a_post_counts_too(api):
    url = f"{api.url}/?{urlencode({'Action': 'DescribeKeyPairs'})}"
    assert post(api, b"Version=2016-11-15", url=url)[0] == 200
    twice = post(api, b"Action=DescribeVpcs&Version=2016-11-15", url=url)
    assert "<Code>MalformedQueryString</Code>" in twice[1]
