"""The XML itself, where a parser would forgive."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.aws import models
from landbridge.aws.protocols import ec2, scalars


def document(name, answer):
    return ec2.serialise(models.operation_model("ec2", name), answer, "r-1").decode()


def test_the_document_is_ec2s():
    class State(StrEnum):
        AVAILABLE = "available"

    gateway = {"VpnGatewayId": "vgw-1", "State": State.AVAILABLE, "VpcAttachments": [], "Tags": []}
    assert document("DescribeVpnGateways", {"VpnGateways": [gateway]}) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<DescribeVpnGatewaysResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<requestId>r-1</requestId><vpnGatewaySet><item><vpnGatewayId>vgw-1</vpnGatewayId>"
        "<state>available</state><attachments></attachments><tagSet></tagSet></item>"
        "</vpnGatewaySet></DescribeVpnGatewaysResponse>"
    )


def test_an_operation_without_output_answers_true():
    assert "<return>true</return>" in document("DeleteVpnGateway", {})
    with pytest.raises(TypeError):
        document("DeleteVpnGateway", {"Return": True})


def test_what_is_none_is_left_out():
    assert "vpnGatewayId" not in document(
        "CreateVpnGateway", {"VpnGateway": {"VpnGatewayId": None, "State": "available"}}
    )


def test_times_are_utc_to_the_millisecond():
    moment = datetime(2020, 7, 29, 12, 35, 11, tzinfo=timezone(timedelta(hours=2)))
    answer = {"VpnConnections": [{"VgwTelemetry": [{"LastStatusChange": moment}]}]}
    text = document("DescribeVpnConnections", answer)
    assert "<lastStatusChange>2020-07-29T10:35:11.000Z</lastStatusChange>" in text


@pytest.mark.parametrize(
    "answer",
    [
        {"VpnConections": []},
        {"VpnConnections": [{"Stat": "x"}]},
        {"VpnConnections": [{"State": 1}]},
        {"VpnConnections": [{"Options": {"StaticRoutesOnly": "true"}}]},
        {"VpnConnections": [{"VgwTelemetry": [{"AcceptedRouteCount": True}]}]},
        {"VpnConnections": [{"VgwTelemetry": [{"AcceptedRouteCount": "1"}]}]},
        {"VpnConnections": [{"VgwTelemetry": [{"LastStatusChange": datetime(2020, 1, 1)}]}]},
    ],
)
def test_our_own_mistakes_are_not_written(answer):
    with pytest.raises((KeyError, TypeError)):
        document("DescribeVpnConnections", answer)


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_any_text_makes_good_xml(text):
    tag = [{"Key": text, "Value": "\ud800\x00\r"}]
    read = ET.fromstring(document("DescribeTags", {"Tags": tag}).encode())
    (key,) = read.iter("{http://ec2.amazonaws.com/doc/2016-11-15/}key")
    assert (key.text or "") == scalars._NOT_FOR_XML.sub("?", text)


def test_a_moment_before_utc_midnight_keeps_its_day():
    assert scalars._write_timestamp(datetime(2026, 1, 31, 23, 59, 59, 999000, UTC)) == (
        "2026-01-31T23:59:59.999Z"
    )
