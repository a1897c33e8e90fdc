"""Instances: hosts in subnets, to ping and to be pinged.

Source: Amazon EC2 User Guide, "Launch". An instance here is a network namespace with one
interface whose firewall is its security groups; it answers pings. No image is booted, so any
image id of the right form is accepted, and what would configure a booted system is refused.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from landbridge.aws.errors import InvalidParameterCombination, InvalidParameterValue
from landbridge.aws.filters import Filters, matching
from landbridge.aws.ids import new_id
from landbridge.aws.pagination import page
from landbridge.services.context import Context
from landbridge.services.ec2 import client_tokens, instance_launches, tags
from landbridge.services.ec2.instance_answer import RUN, described, reservations
from landbridge.services.ec2.instance_filters import INSTANCE_FILTERS, STATUS_FILTERS
from landbridge.services.ec2.instance_states import (
    PENDING,
    RUNNING,
    instance_states,
    state_answer,
)
from landbridge.services.ec2.kinds import INSTANCE
from landbridge.services.ec2.resources import rows, unsupported, without_none
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Instance

_LISTED = {"Filters", "InstanceIds", "MaxResults", "NextToken"}
_PAGE = range(5, 1001)
"Allowed MaxResults."
_PASSED, _INITIALIZING, _NOT_APPLICABLE = (
    {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]},
    {"Status": "initializing", "Details": [{"Name": "reachability", "Status": "initializing"}]},
    {"Status": "not-applicable", "Details": []},
)


@operation("RunInstances")
def run_instances(ctx: Context, request: Request) -> Response:
    """Launch instances, as many up to MaxCount as the subnet has addresses for."""
    earlier = client_tokens.earlier(ctx, RUN, request)
    if earlier is not None:
        again = select(Instance).where(Instance.reservation_id == earlier)
        return _reservation(ctx, list(ctx.session.scalars(again.order_by(Instance.launch_index))))
    launch = instance_launches.read(ctx, request)
    reservation_id = new_id("r")
    launched = [_new(ctx, launch, reservation_id, index) for index in range(len(launch.addresses))]
    ctx.session.add_all(launched)
    for one in launched:
        tags.create(ctx, one.id, launch.tags)
    client_tokens.remember(ctx, RUN, request, reservation_id)
    ctx.session.flush()
    return _reservation(ctx, launched)


@operation("DescribeInstances")
def describe_instances(ctx: Context, request: Request) -> Response:
    """List instances, terminated ones for a while."""
    unsupported(request, {*_LISTED, "IncludeManagedResources"})
    found, token = _chosen(ctx, request, INSTANCE_FILTERS)
    return without_none({"Reservations": reservations(found), "NextToken": token})


@operation("DescribeInstanceStatus")
def describe_instance_status(ctx: Context, request: Request) -> Response:
    """Tell of running instances, or all, whether they have been built."""
    unsupported(request, {*_LISTED, "IncludeAllInstances", "IncludeManagedResources"})
    found, token = _chosen(ctx, request, STATUS_FILTERS)
    return without_none({"InstanceStatuses": [one["_Status"] for one in found], "NextToken": token})


@operation("TerminateInstances")
def terminate_instances(ctx: Context, request: Request) -> Response:
    """End instances for good; ending one again changes nothing.

    There is no operating system to shut down, so Force and SkipOsShutdown ask for what is done.
    """
    unsupported(request, {"InstanceIds", "Force", "SkipOsShutdown"})
    doomed = rows(ctx, Instance, request["InstanceIds"], INSTANCE, keep_deleted=True)
    before = instance_states(ctx, doomed)
    for one in doomed:
        one.deleted_at = one.deleted_at or ctx.now
    after = instance_states(ctx, doomed)
    return {
        "TerminatingInstances": [
            {
                "InstanceId": one.id,
                "PreviousState": state_answer(before[one.id]),
                "CurrentState": state_answer(after[one.id]),
            }
            for one in doomed
        ]
    }


def _new(
    ctx: Context, launch: instance_launches.Launch, reservation_id: str, index: int
) -> Instance:
    instance_id = new_id(INSTANCE.prefix)
    return Instance(
        id=instance_id,
        created_at=ctx.now,
        subnet_id=launch.subnet_id,
        private_ip_address=str(launch.addresses[index]),
        mac_address=_mac(instance_id),
        network_interface_id=new_id("eni"),
        image_id=launch.image_id,
        instance_type=launch.instance_type,
        reservation_id=reservation_id,
        launch_index=index,
        security_group_ids=list(launch.security_group_ids),
    )


def _mac(instance_id: str) -> str:
    """Derive a locally administered address from an instance's id."""
    digits = "02" + instance_id[-10:]
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _reservation(ctx: Context, instances: Sequence[Instance]) -> Response:
    return next(iter(reservations(described(ctx, instances))))


def _chosen(
    ctx: Context, request: Request, filters: Filters
) -> tuple[list[dict[str, Any]], str | None]:
    """Load, filter and cut into pages; a status is of running instances unless all are wanted."""
    _check_paging(request)
    listed = rows(ctx, Instance, request.get("InstanceIds") or [], INSTANCE, keep_deleted=True)
    shown = described(ctx, listed)
    if filters is STATUS_FILTERS:
        shown = [
            {**one, "_Status": _status(one)}
            for one in shown
            if one["State"]["Name"] == RUNNING or request.get("IncludeAllInstances")
        ]
    chosen = matching(shown, request.get("Filters"), filters)
    return page(chosen, request, key=lambda one: str(one["_Place"]))


def _check_paging(request: Request) -> None:
    most = request.get("MaxResults")
    if most is None:
        return
    if request.get("InstanceIds"):
        raise InvalidParameterCombination(
            "The parameter instancesSet cannot be used with the parameter maxResults"
        )
    if most not in _PAGE:
        raise InvalidParameterValue(
            "MaxResults", most, allowed=f"an integer from {_PAGE.start} to {_PAGE.stop - 1}"
        )


def _status(shown: dict[str, Any]) -> dict[str, Any]:
    name = shown["State"]["Name"]
    status = {RUNNING: _PASSED, PENDING: _INITIALIZING}.get(name, _NOT_APPLICABLE)
    return {
        "InstanceId": shown["InstanceId"],
        "AvailabilityZone": shown["Placement"]["AvailabilityZone"],
        "AvailabilityZoneId": shown["Placement"]["AvailabilityZoneId"],
        "InstanceState": shown["State"],
        "InstanceStatus": status,
        "SystemStatus": status,
        "Events": [],
    }
