"""Attributes of VPCs: DNS.

Nobody resolves names in a VPC here, and instances have no public address, which is what public
DNS hostnames are for. So neither attribute changes what an instance can do; they are kept and
shown because Terraform and Ansible set them to their own defaults and read them back.
"""

from landbridge.aws.errors import (
    InvalidParameterCombination,
    MissingParameter,
    UnsupportedOperation,
)
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import VPC
from landbridge.services.ec2.resources import row, unsupported
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Vpc

_COLUMNS = {"EnableDnsSupport": "enable_dns_support", "EnableDnsHostnames": "enable_dns_hostnames"}
_METRICS = "EnableNetworkAddressUsageMetrics"


@operation("DescribeVpcAttribute")
def describe_vpc_attribute(ctx: Context, request: Request) -> Response:
    """Show one attribute."""
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    name = request["Attribute"][0].upper() + request["Attribute"][1:]
    value = name in _COLUMNS and getattr(vpc, _COLUMNS[name])
    return {"VpcId": vpc.id, name: {"Value": value}}


@operation("ModifyVpcAttribute")
def modify_vpc_attribute(ctx: Context, request: Request) -> Response:
    """Set one attribute; network address usage metrics are not there."""
    unsupported(request, {"VpcId", _METRICS, *_COLUMNS})
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    given = [name for name in (*_COLUMNS, _METRICS) if request.get(name)]
    if not given:
        raise MissingParameter("EnableDnsSupport or EnableDnsHostnames")
    if len(given) > 1:
        raise InvalidParameterCombination(
            f"Only one attribute is modified at a time, not {', '.join(given)}."
        )
    value = bool(request[given[0]].get("Value"))
    if given[0] in _COLUMNS:
        setattr(vpc, _COLUMNS[given[0]], value)
    elif value:
        raise UnsupportedOperation(f"The parameter {_METRICS} is not supported.")
    return {}
