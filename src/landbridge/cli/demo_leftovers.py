"""What a demo leaves, and how the next one removes it, so that demos do not pile up."""

import shlex
from typing import Any

from landbridge.cli.lab import lab
from landbridge.cli.walk import Walk

_NAME = "landbridge-demo"
"The Name tag of everything that a demo makes."


def tag(resource_type: str) -> str:
    """Write the option by which an `aws` command tags what it creates."""
    specification = f"ResourceType={resource_type},Tags=[{{Key=Name,Value={_NAME}}}]"
    return f"--tag-specifications {shlex.quote(specification)}"


def remove_last(walk: Walk) -> None:
    """Remove what the last demo left, so that demos do not pile up."""
    mine = [{"Name": "tag:Name", "Values": [_NAME]}]
    ec2 = walk.ec2
    _remove_connections(walk, mine)
    for gateway in ec2.describe_vpn_gateways(Filters=mine)["VpnGateways"]:
        if gateway["State"] in {"pending", "available"}:
            _remove_gateway(walk, gateway["VpnGatewayId"])
    for customer in ec2.describe_customer_gateways(Filters=mine)["CustomerGateways"]:
        if customer["State"] == "available":
            ec2.delete_customer_gateway(CustomerGatewayId=customer["CustomerGatewayId"])
    for vpc in ec2.describe_vpcs(Filters=mine)["Vpcs"]:
        _remove_vpc(walk, vpc["VpcId"])


def _remove_connections(walk: Walk, mine: list[dict[str, Any]]) -> None:
    def left() -> list[Any]:
        found = walk.ec2.describe_vpn_connections(Filters=mine)["VpnConnections"]
        return [one for one in found if one["State"] != "deleted"]

    for connection in left():
        lab(walk.settings).device(connection["VpnConnectionId"]).remove()
        if connection["State"] != "deleting":
            walk.ec2.delete_vpn_connection(VpnConnectionId=connection["VpnConnectionId"])
    walk.wait("the last demo's connection is gone", lambda: not left())


def _remove_gateway(walk: Walk, gateway_id: str) -> None:
    def attachments() -> list[Any]:
        (gateway,) = walk.ec2.describe_vpn_gateways(VpnGatewayIds=[gateway_id])["VpnGateways"]
        return [one for one in gateway["VpcAttachments"] if one["State"] != "detached"]

    for attachment in attachments():
        walk.ec2.detach_vpn_gateway(VpnGatewayId=gateway_id, VpcId=attachment["VpcId"])
    walk.wait("the last demo's gateway is detached", lambda: not attachments())
    walk.ec2.delete_vpn_gateway(VpnGatewayId=gateway_id)


def _remove_vpc(walk: Walk, vpc_id: str) -> None:
    ec2, inside_vpc = walk.ec2, [{"Name": "vpc-id", "Values": [vpc_id]}]
    reservations = ec2.describe_instances(Filters=inside_vpc)["Reservations"]
    instances = [one["InstanceId"] for each in reservations for one in each["Instances"]]
    if instances:
        ec2.terminate_instances(InstanceIds=instances)

    def running() -> bool:
        found = ec2.describe_instances(InstanceIds=instances)["Reservations"] if instances else []
        return any(
            one["State"]["Name"] != "terminated" for each in found for one in each["Instances"]
        )

    walk.wait("the last demo's instance is terminated", lambda: not running())
    for subnet in ec2.describe_subnets(Filters=inside_vpc)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc_id)
