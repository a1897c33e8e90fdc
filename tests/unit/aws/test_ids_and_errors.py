import pytest

from landbridge.aws import errors, ids, models


def test_ids_are_a_prefix_and_seventeen_digits():
    assert ids.new_id("vpn", random_bits=lambda bits: (1 << bits) - 1) == "vpn-" + "f" * 17
    assert ids.new_id("vpn", random_bits=lambda _: 10) == "vpn-" + "0" * 16 + "a"
    assert len({ids.new_id("tgw-attach") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("resource_id", "resource_type"),
    [
        ("vpn-0123456789abcdef0", "vpn-connection"),
        ("vpn-1a2b3c4d", "vpn-connection"),
        ("tgw-attach-0123456789abcdef0", "transit-gateway-attachment"),
        ("sgr-0123456789abcdef0", "security-group-rule"),
        ("rtb-0123456789abcdef0", "route-table"),
        ("vpn-0123456789ABCDEF0", None),
        ("vpn-0123456789abcdef", None),
        ("vpn-0123456789abcdef0\n", None),
        ("vpn0123456789abcdef0", None),
        ("-0123456789abcdef0", None),
        ("x-0123456789abcdef0", None),
        ("", None),
    ],
)
def test_an_id_tells_its_type(resource_id, resource_type):
    assert ids.resource_type(resource_id) == resource_type


def test_an_id_has_its_own_prefix_only():
    assert ids.has_prefix("tgw-attach-0123456789abcdef0", "tgw-attach")
    assert not ids.has_prefix("tgw-attach-0123456789abcdef0", "tgw")


def test_every_resource_type_but_associations_can_be_tagged():
    operation = models.operation_model("ec2", "CreateVpc")
    specification = operation.input_shape.members["TagSpecifications"].member
    taggable = set(specification.members["ResourceType"].enum)
    assert {one for one in ids.RESOURCE_TYPES.values() if one not in taggable} == {
        "network-acl-association",
        "route-table-association",
    }


def test_an_operation_that_ec2_does_not_have_is_none():
    assert models.operation_model("ec2", "CreateTunnel") is None
    assert models.operation_model("ec2", "CreateVpc").name == "CreateVpc"


@pytest.mark.parametrize(
    ("error", "code", "status", "message"),
    [
        (
            errors.not_found("InvalidVpnConnectionID.NotFound", "vpnConnection", "vpn-1"),
            "InvalidVpnConnectionID.NotFound",
            400,
            "The vpnConnection ID 'vpn-1' does not exist",
        ),
        (
            errors.malformed_id("InvalidVpcID.Malformed", "x", "vpc"),
            "InvalidVpcID.Malformed",
            400,
            'Invalid id: "x" (expecting "vpc-...")',
        ),
        (
            errors.InvalidParameterValue("DPDTimeoutSeconds", 10, allowed="30 or more"),
            "InvalidParameterValue",
            400,
            "Value (10) for parameter dpdTimeoutSeconds is invalid. Allowed is 30 or more.",
        ),
        (
            errors.InvalidParameterValue("Type", True),
            "InvalidParameterValue",
            400,
            "Value (true) for parameter type is invalid.",
        ),
        (
            errors.InvalidParameterValue("Type", "x" * 999),
            "InvalidParameterValue",
            400,
            f"Value ({'x' * 200}...) for parameter type is invalid.",
        ),
        (
            errors.limit_exceeded("VpnConnectionLimitExceeded", "VPN connections"),
            "VpnConnectionLimitExceeded",
            400,
            "The maximum number of VPN connections has been reached.",
        ),
        (
            errors.DryRunOperation(),
            "DryRunOperation",
            412,
            "Request would have succeeded, but DryRun flag is set.",
        ),
        (errors.InternalError(), "InternalError", 500, "An internal error has occurred"),
    ],
)
def test_errors(error, code, status, message):
    assert (error.code, error.status, error.message, str(error)) == (code, status, message, message)
