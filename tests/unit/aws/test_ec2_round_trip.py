"""What botocore writes we read, and what we write botocore reads: every operation of EC2."""

import time
from urllib.parse import urlencode

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from landbridge.aws import models
from landbridge.aws.protocols import ec2, forms
from unit.aws.ec2_values import Values

OPERATIONS = [models.operation_model("ec2", name) for name in models.service("ec2").operation_names]
SAMPLES = 8


def test_the_model_is_all_of_ec2():
    assert len(OPERATIONS) > 700
    assert models.service("ec2").api_version == "2016-11-15"


@pytest.mark.parametrize("sample", range(SAMPLES))
def test_every_input_is_read_back(sample):
    serializer = create_serializer("ec2", False)
    for operation in OPERATIONS:
        if operation.input_shape is None:
            continue
        given = Values((operation.name, sample), empty=False).of(operation.input_shape)
        body = serializer.serialize_to_request(given, operation)["body"]
        pairs = forms.read(urlencode(body, doseq=True).encode())
        assert ec2.action(pairs) == operation.name
        assert ec2.parse(operation, pairs) == given, operation.name


@pytest.mark.parametrize("sample", range(SAMPLES))
def test_every_output_is_read_back(sample):
    parser = create_parser("ec2")
    for operation in OPERATIONS:
        if operation.output_shape is None:
            continue
        given = Values((operation.name, sample), empty=True).of(operation.output_shape)
        document = ec2.serialise(operation, given, "the-request")
        response = {"body": document, "headers": {}, "status_code": 200}
        read = parser.parse(response, operation.output_shape)
        assert read.pop("ResponseMetadata")["RequestId"] == "the-request"
        assert read == given, operation.name


def test_an_error_is_read_back():
    document = ec2.serialise_error("Some.Code", "a < b & \x00 'c'", "the-request")
    response = {"body": document, "headers": {}, "status_code": 400}
    read = create_parser("ec2").parse(response, None)
    assert read["Error"] == {"Code": "Some.Code", "Message": "a < b & \ufffd 'c'"}
    assert read["ResponseMetadata"]["RequestId"] == "the-request"


def test_a_thousand_vpn_connections_are_written_fast():
    operation = models.operation_model("ec2", "DescribeVpnConnections")
    tunnel = {
        "OutsideIpAddress": "203.0.113.1",
        "TunnelInsideCidr": "169.254.10.0/30",
        "PreSharedKey": "x" * 32,
        "Phase1LifetimeSeconds": 28800,
        "Phase1EncryptionAlgorithms": [{"Value": "AES128"}, {"Value": "AES256"}],
        "Phase1DHGroupNumbers": [{"Value": 14}, {"Value": 20}],
        "IkeVersions": [{"Value": "ikev2"}],
        "StartupAction": "start",
        "LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False, "BgpLogEnabled": False}},
    }
    connection = {
        "VpnConnectionId": "vpn-0123456789abcdef0",
        "State": "available",
        "CustomerGatewayConfiguration": "<vpn_connection/>" * 200,
        "Options": {"StaticRoutesOnly": False, "TunnelOptions": [tunnel, tunnel]},
        "VgwTelemetry": [{"OutsideIpAddress": "203.0.113.1", "Status": "UP"}] * 2,
        "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "State": "available"}] * 3,
        "Tags": [{"Key": "Name", "Value": "a"}] * 3,
    }
    answer = {"VpnConnections": [connection] * 1000}
    ec2.serialise(operation, answer, "warm")
    start = time.process_time()
    document = ec2.serialise(operation, answer, "r")
    seconds = time.process_time() - start
    print(f"{seconds:.3f} s, {document.count(b'</') // 1000} elements each, {len(document)} bytes")
    assert document.count(b"</") > 60_000
    assert seconds < 0.3
