"""Network interfaces: each instance has one, made and removed with it.

Terraform looks here for what still holds a subnet or a security group before it deletes either,
and changes an instance's groups here.
"""

from sqlalchemy import select

from landbridge.aws.errors import MissingParameter, not_found
from landbridge.aws.filters import Filters
from landbridge.services.context import Context
from landbridge.services.ec2.instance_answer import interfaces
from landbridge.services.ec2.instance_filters import INTERFACE_FILTERS
from landbridge.services.ec2.instance_launches import security_group_ids
from landbridge.services.ec2.instance_states import not_terminated
from landbridge.services.ec2.kinds import INSTANCE, SUBNET
from landbridge.services.ec2.listing import listing
from landbridge.services.ec2.resources import changed, row, unsupported
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Instance, Subnet

_LISTED = {"Filters", "NetworkInterfaceIds", "MaxResults", "NextToken", "IncludeManagedResources"}
_FILTERS: Filters = INTERFACE_FILTERS


@operation("DescribeNetworkInterfaces")
def describe_network_interfaces(ctx: Context, request: Request) -> Response:
    """List the network interfaces of instances that are not terminated."""
    unsupported(request, _LISTED)
    wanted = request.get("NetworkInterfaceIds") or []
    asked_for = [Instance.network_interface_id.in_(wanted)] if wanted else []
    found = not_terminated(ctx, *asked_for)
    missing = set(wanted) - {one.network_interface_id for one in found}
    if missing:
        raise _missing(min(missing))
    return listing(
        "NetworkInterfaces", interfaces(ctx, found), request, _FILTERS, key="NetworkInterfaceId"
    )


@operation("ModifyNetworkInterfaceAttribute")
def modify_network_interface_attribute(ctx: Context, request: Request) -> Response:
    """Give an instance's network interface other security groups."""
    unsupported(request, {"NetworkInterfaceId", "Groups"})
    interface_id = request["NetworkInterfaceId"]
    query = select(Instance).where(
        Instance.network_interface_id == interface_id, Instance.deleted_at.is_(None)
    )
    instance = ctx.session.scalars(query).first()
    if instance is None:
        raise _missing(interface_id)
    _set_groups(ctx, instance, request)
    return {}


@operation("ModifyInstanceAttribute")
def modify_instance_attribute(ctx: Context, request: Request) -> Response:
    """Give an instance other security groups; it has no other attribute to change."""
    unsupported(request, {"InstanceId", "Groups"})
    _set_groups(ctx, row(ctx, Instance, request["InstanceId"], INSTANCE), request)
    return {}


def _set_groups(ctx: Context, instance: Instance, request: Request) -> None:
    if not request.get("Groups"):
        raise MissingParameter("Groups")
    subnet = row(ctx, Subnet, instance.subnet_id, SUBNET)
    instance.security_group_ids = list(security_group_ids(ctx, request["Groups"], subnet.vpc_id))
    changed(instance)


def _missing(interface_id: str) -> Exception:
    return not_found("InvalidNetworkInterfaceID.NotFound", "networkInterface", interface_id)
