"""Forms that botocore would not send: what is refused, with which code and words."""

import random
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from botocore.model import OperationModel
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.aws import models
from landbridge.aws.errors import ApiError, wire_name
from landbridge.aws.protocols import ec2, forms

VERSION = {"Version": "2016-11-15"}


def parse(name, text):
    operation = models.operation_model("ec2", name)
    return ec2.parse(operation, forms.read(f"Version=2016-11-15&{text}".encode()))


def refusal(name, text):
    with pytest.raises(ApiError) as refused:
        parse(name, text)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(
    ("name", "text", "code", "message"),
    [
        (
            "AttachVpnGateway",
            "VpcId=vpc-1",
            "MissingParameter",
            "The request must contain the parameter vpnGatewayId",
        ),
        (
            "AttachVpnGateway",
            "VpcId=vpc-1&VpnGatewayId=",
            "MissingParameter",
            "The request must contain the parameter vpnGatewayId",
        ),
        (
            "DeleteTags",
            "ResourceId=",
            "MissingParameter",
            "The request must contain the parameter resourceId",
        ),
        (
            "ModifyVpnTunnelOptions",
            "VpnConnectionId=vpn-1&VpnTunnelOutsideIpAddress=203.0.113.1",
            "MissingParameter",
            "The request must contain the parameter tunnelOptions",
        ),
        (
            "DescribeVpnGateways",
            "VpnGatewayID.1=vgw-1",
            "UnknownParameter",
            "The parameter VpnGatewayID is not recognized",
        ),
        (
            "DescribeVpnGateways",
            "Filter.1.Names=x",
            "UnknownParameter",
            "The parameter Filter.1.Names is not recognized",
        ),
        (
            "DescribeVpnGateways",
            "VpnGatewayId.1.Id=x",
            "UnknownParameter",
            "The parameter VpnGatewayId.1.Id is not recognized",
        ),
        (
            "DescribeVpnGateways",
            "VpnGatewayId.one=x",
            "UnknownParameter",
            "The parameter VpnGatewayId.one is not recognized",
        ),
        (
            "CreateCustomerGateway",
            "Type=ipsec.1&BgpAsn=sixty",
            "InvalidParameterValue",
            "Value (sixty) for parameter bgpAsn is invalid. "
            "Allowed is an integer of -2147483648 to 2147483647.",
        ),
        (
            "CreateCustomerGateway",
            "Type=ipsec.1&BgpAsn=4294967296",
            "InvalidParameterValue",
            "Value (4294967296) for parameter bgpAsn is invalid. "
            "Allowed is an integer of -2147483648 to 2147483647.",
        ),
        (
            "CreateCustomerGateway",
            "Type=pptp",
            "InvalidParameterValue",
            "Value (pptp) for parameter type is invalid. Allowed is one of ipsec.1.",
        ),
        (
            "CreateCustomerGateway",
            "Type=ipsec.1&DryRun=yes",
            "InvalidParameterValue",
            "Value (yes) for parameter dryRun is invalid. Allowed is true or false.",
        ),
        (
            "DescribeVpcs",
            "MaxResults=3",
            "InvalidParameterValue",
            "Value (3) for parameter maxResults is invalid. Allowed is an integer of 5 to 1000.",
        ),
        (
            "CreateVpnConnection",
            "CustomerGatewayId=c&Type=t&Options.TunnelOptions.1.DPDTimeoutSeconds=1e3",
            "InvalidParameterValue",
            "Value (1e3) for parameter options.tunnelOptions.1.dpdTimeoutSeconds is invalid. "
            "Allowed is an integer of -2147483648 to 2147483647.",
        ),
        (
            "CreateVpnConnection",
            "CustomerGatewayId=c&Type=t&Options=x",
            "MalformedQueryString",
            "The parameter Options is a structure, not a value.",
        ),
        (
            "DescribeVpnGateways",
            "VpnGatewayId=vgw-1",
            "MalformedQueryString",
            "The parameter VpnGatewayId is a list: VpnGatewayId.1 is its first.",
        ),
        (
            "DescribeVpnGateways",
            "VpnGatewayId.1=a&VpnGatewayId.3=b",
            "MalformedQueryString",
            "The list VpnGatewayId is not counted 1, 2, 3, ...",
        ),
        (
            "DescribeVpnGateways",
            "Filter.999999999.Name=x",
            "MalformedQueryString",
            "The list Filter is not counted 1, 2, 3, ...",
        ),
        (
            "DescribeVpnGateways",
            "Filter.0.Name=x",
            "UnknownParameter",
            "The parameter Filter.0 is not recognized",
        ),
    ],
)
def test_what_the_model_does_not_allow_is_refused(name, text, code, message):
    assert refusal(name, text) == (code, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("VpcId.1=a&VpcId.1=a", "The parameter VpcId.1 is given more than once"),
        ("VpcId.1=a&VpcId.1.x=b", "The parameter VpcId.1.x is given more than once"),
        ("VpcId.1.x=b&VpcId.1=a", "The parameter VpcId.1 is given more than once"),
        ("VpcId.1=%zz", "broken percent-encoding"),
        ("VpcId.1=%e", "broken percent-encoding"),
        (".".join("A" * 40) + "=x", "nested too deeply"),
        ("&".join(f"A.{n}=x" for n in range(forms.MAX_PARAMETERS + 1)), "more than 10000"),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(text, message):
    code, said = refusal("DescribeVpcs", text)
    assert code == "MalformedQueryString"
    assert message in said


def test_bytes_that_are_not_utf8_are_refused():
    assert refusal("DescribeVpcs", "VpcId.1=%ff%fe")[0] == "InvalidCharacter"
    with pytest.raises(ApiError):
        forms.read(b"VpcId.1=\xff")


@pytest.mark.parametrize(
    ("text", "code"), [("", "MissingParameter"), ("Version=2011-01-01", "NoSuchVersion")]
)
def test_the_version_must_be_the_served_one(text, code):
    with pytest.raises(ApiError) as refused:
        ec2.parse(models.operation_model("ec2", "DescribeVpcs"), forms.read(text.encode()))
    assert refused.value.code == code


def test_a_secret_is_not_repeated():
    code, message = refusal("ModifyInstanceAttribute", "InstanceId=i-1&UserData.Value=hush*hush")
    assert code == "InvalidParameterValue"
    assert "hush" not in message
    assert "no*base64" in refusal("ImportKeyPair", "KeyName=a&PublicKeyMaterial=no*base64")[1]


def test_an_element_in_which_nothing_is_set_keeps_its_place():
    """The SDKs write nothing for an empty structure, so tunnel 2's options come alone."""
    read = parse(
        "CreateVpnConnection",
        "CustomerGatewayId=c&Type=t&Options.TunnelOptions.2.PreSharedKey=abcdefgh",
    )
    assert read["Options"]["TunnelOptions"] == [{}, {"PreSharedKey": "abcdefgh"}]


def test_a_list_that_is_given_empty_is_empty():
    assert parse("DescribeVpnGateways", "Filter=") == {"Filters": []}


def test_elements_come_in_the_order_of_their_numbers():
    text = "&".join(f"VpnGatewayId.{number}={number}" for number in (10, 2, 1, *range(3, 10)))
    assert parse("DescribeVpnGateways", text)["VpnGatewayIds"] == [str(n) for n in range(1, 11)]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-07-29T10:35:11.000Z", datetime(2020, 7, 29, 10, 35, 11, tzinfo=UTC)),
        ("2020-07-29T12:35:11+02:00", datetime(2020, 7, 29, 10, 35, 11, tzinfo=UTC)),
        ("2020-07-29", datetime(2020, 7, 29, tzinfo=UTC)),
    ],
)
def test_times(text, moment):
    read = parse("DescribeSpotPriceHistory", f"StartTime={quote(text)}")
    assert read == {"StartTime": moment}


def test_a_time_that_is_none_is_refused():
    assert refusal("DescribeSpotPriceHistory", "StartTime=now")[0] == "InvalidParameterValue"
    assert (
        refusal("DescribeSpotPriceHistory", "StartTime=0001-01-01T00:00:00%2B09:00")[0]
        == "InvalidParameterValue"
    )


def test_an_operation_without_input_takes_nothing():
    operation = OperationModel({"name": "Nothing"}, models.service("ec2"), "Nothing")
    assert ec2.parse(operation, list(VERSION.items())) == {}
    with pytest.raises(ApiError):
        ec2.parse(operation, [*VERSION.items(), ("X", "y")])


def test_a_great_form_is_read_in_a_moment():
    """The largest forms, of deep lists with gaps, must not use up memory."""
    text = "&".join(
        f"LaunchSpecification.NetworkInterface.{i}.Ipv6Addresses.17.Ipv6Address=x"
        for i in range(1, 1000)
    )
    read = parse("RequestSpotInstances", text)
    assert len(read["LaunchSpecification"]["NetworkInterfaces"]) == 999


NAMES = ["Filter", "VpnConnectionId", "Options", "TunnelOptions", "TagSpecification", "Tag", "Key"]
PARTS = st.sampled_from([*NAMES, "1", "2", "17", "0", "", "Value", "PreSharedKey", "DryRun"])
KEYS = st.lists(PARTS, min_size=1, max_size=5).map(".".join)
VALUES = st.one_of(st.text(max_size=8), st.sampled_from(["true", "1", "-1", "", "ipsec.1"]))
ACTIONS = ["CreateVpnConnection", "DescribeVpnConnections", "ModifyVpnTunnelOptions", "CreateTags"]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(ACTIONS), st.lists(st.tuples(KEYS, VALUES), max_size=6))
def test_any_form_is_read_or_refused(name, pairs):
    text = urlencode(pairs, errors="replace")
    with suppress(ApiError):
        assert isinstance(parse(name, text), dict)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(form):
    operation = models.operation_model("ec2", "DescribeVpcs")
    with suppress(ApiError):
        assert isinstance(ec2.parse(operation, forms.read(form)), dict)


def test_a_form_damaged_anywhere_is_read_or_refused():
    whole = (
        b"Action=CreateVpnConnection&Version=2016-11-15&CustomerGatewayId=cgw-1&Type=ipsec.1"
        b"&Options.TunnelOptions.1.PreSharedKey=abcdefgh&TagSpecification.1.Tag.1.Key=%C3%A9"
    )
    operation = models.operation_model("ec2", "CreateVpnConnection")
    chance = random.Random(1)
    for _ in range(2000):
        form = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            form[chance.randrange(len(form))] = chance.choice(b"&=.%+1\x00\xff9A")
        with suppress(ApiError):
            assert isinstance(ec2.parse(operation, forms.read(bytes(form))), dict)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x0b", "\ufffe", "\uffff"])
@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("CreateTags", "Tag.1.Value"),
        ("CreateTags", "ResourceId.1"),
        ("CreateCustomerGateway", "DeviceName"),
        ("CreateSecurityGroup", "GroupDescription"),
        ("DescribeVpcs", "Filter.1.Value.1"),
        ("ModifyVpnTunnelOptions", "TunnelOptions.PreSharedKey"),
    ],
)
def test_what_xml_cannot_carry_is_refused_wherever_it_stands(operation, name, character):
    code, message = refusal(operation, f"{name}=a{quote(character)}b")
    assert code == "InvalidParameterValue"
    assert f"parameter {wire_name(name)} is invalid" in message


@pytest.mark.parametrize("text", ["\t\n\r", "é", "\ufffd", "\U0001f600", "\x85", "\x7f"])
def test_what_xml_can_carry_is_read(text):
    assert parse("DescribeVpcs", f"VpcId.1={quote(text)}") == {"VpcIds": [text]}
