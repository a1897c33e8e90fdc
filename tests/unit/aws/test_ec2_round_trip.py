"""What botocore writes we read, and what we write botocore reads: every operation of EC2."""

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
    assert read["Error"] == {"Code": "Some.Code", "Message": "a < b & ? 'c'"}
    assert read["ResponseMetadata"]["RequestId"] == "the-request"
