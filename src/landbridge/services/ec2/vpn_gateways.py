"""Virtual private gateways and their attachments to VPCs.

Source: guide, "Create a virtual private gateway", "Detaching and deleting a virtual private
gateway".
"""

from typing import Any

from sqlalchemy import select

from landbridge.aws.errors import ApiError, IncorrectState, InvalidParameterValue, shown
from landbridge.aws.filters import Filters
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.availability_zones import check_zone
from landbridge.services.ec2.customer_gateways import check_type, user_of
from landbridge.services.ec2.kinds import VPC, VPN_GATEWAY
from landbridge.services.ec2.listing import listing, member
from landbridge.services.ec2.resources import (
    changed,
    row,
    rows,
    states,
    still_there,
    unsupported,
    without_none,
)
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import RouteTable, Vpc
from landbridge.store.tables.vpn import VpnConnection, VpnGateway, VpnGatewayAttachment
from landbridge.vpn import asn
from landbridge.vpn.lifecycle import ATTACHMENT, State

_CREATED = {"Type", "AmazonSideAsn", "AvailabilityZone", "TagSpecifications"}
_FILTERS: Filters = {
    "amazon-side-asn": member("AmazonSideAsn"),
    "attachment.state": member("VpcAttachments.State"),
    "attachment.vpc-id": member("VpcAttachments.VpcId"),
    "availability-zone": member("AvailabilityZone"),
    "state": member("State"),
    "type": member("Type"),
    "vpn-gateway-id": member("VpnGatewayId"),
}


@operation("CreateVpnGateway")
def create_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Create a virtual private gateway."""
    unsupported(request, _CREATED)
    check_type(request["Type"])
    number = request.get("AmazonSideAsn", asn.DEFAULT_AMAZON_ASN)
    if not asn.is_amazon_asn(number):
        raise InvalidParameterValue("AmazonSideAsn", number, allowed=asn.allowed_amazon_asns())
    zone = request.get("AvailabilityZone") or None  # Terraform sends it empty
    if zone is not None:
        check_zone(ctx, zone)
    wanted_tags = tags.specified(request, VPN_GATEWAY)
    created = VpnGateway(
        id=new_id(VPN_GATEWAY.prefix),
        created_at=ctx.now,
        type=request["Type"],
        amazon_side_asn=number,
        availability_zone=zone,
    )
    ctx.session.add(created)
    tags.create(ctx, created.id, wanted_tags)
    ctx.session.flush()
    return {"VpnGateway": _describe(ctx, [created])[0]}


@operation("DescribeVpnGateways")
def describe_vpn_gateways(ctx: Context, request: Request) -> Response:
    """List virtual private gateways, deleted ones for a while."""
    ids = request.get("VpnGatewayIds") or []
    listed = rows(ctx, VpnGateway, ids, VPN_GATEWAY, keep_deleted=True)
    return listing("VpnGateways", _describe(ctx, listed), request, _FILTERS, key="VpnGatewayId")


@operation("DeleteVpnGateway")
def delete_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Delete a virtual private gateway that is detached and has no VPN connections."""
    doomed = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
    attachment = doomed.attachment
    if attachment is not None and attachment_state(ctx, attachment) is not State.DELETED:
        raise IncorrectState(
            f"The VPN gateway is in use. It is attached to the VPC {attachment.vpc_id}"
        )
    user = user_of(ctx, VpnConnection.vpn_gateway_id == doomed.id)
    if user is not None:
        raise IncorrectState(f"The VPN gateway is in use. VPN connection: {user}")
    doomed.deleted_at = ctx.now
    return {}


@operation("AttachVpnGateway")
def attach_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Attach a gateway to a VPC; each has one at most. The same again is once."""
    gateway = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    before = gateway.attachment
    if before is not None and attachment_state(ctx, before) is not State.DELETED:
        if before.deleted_at is None and before.vpc_id == vpc.id:
            return {"VpcAttachment": _attachment(ctx, before)}
        raise ApiError(
            f"The VPN gateway {gateway.id} is {ATTACHMENT[attachment_state(ctx, before)]}: "
            f"{before.vpc_id}",
            code="VpnGatewayAttachmentLimitExceeded",
        )
    _check_free(ctx, vpc)
    if before is not None:
        ctx.session.delete(before)
        ctx.session.flush()
    created = VpnGatewayAttachment(
        id=new_id("vgw-attach"), created_at=ctx.now, vpn_gateway_id=gateway.id, vpc_id=vpc.id
    )
    ctx.session.add(created)
    ctx.session.flush()
    ctx.session.refresh(gateway)
    return {"VpcAttachment": _attachment(ctx, created)}


@operation("DetachVpnGateway")
def detach_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Detach a gateway; its routes stay in the VPC's tables as blackholes, propagation ends."""
    gateway = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
    vpc_id = request["VpcId"]
    if attached_vpc(gateway) != vpc_id:
        raise ApiError(
            f"The attachment with vpn gateway ID '{gateway.id}' and vpc ID '{shown(vpc_id)}' "
            "does not exist",
            code="InvalidVpnGatewayAttachment.NotFound",
        )
    assert gateway.attachment is not None
    gateway.attachment.deleted_at = ctx.now
    for table in ctx.session.scalars(select(RouteTable).where(RouteTable.vpc_id == vpc_id)):
        for propagation in [one for one in table.propagations if one.vpn_gateway_id == gateway.id]:
            table.propagations.remove(propagation)
            changed(table)
    return {}


def attached_vpc(gateway: VpnGateway) -> str | None:
    """The VPC to which a gateway is, or is being, attached; not one that it is leaving."""
    attachment = gateway.attachment
    return attachment.vpc_id if attachment and attachment.deleted_at is None else None


def attachment_state(ctx: Context, attachment: VpnGatewayAttachment) -> State:
    """Compute an attachment's state; `ATTACHMENT` has EC2's words."""
    return states(ctx, [attachment])[attachment.id]


def _check_free(ctx: Context, vpc: Vpc) -> None:
    """Refuse a VPC that has a gateway, or still has one that is being detached."""
    query = select(VpnGatewayAttachment.vpn_gateway_id).where(
        VpnGatewayAttachment.vpc_id == vpc.id, still_there(VpnGatewayAttachment)
    )
    other = ctx.session.scalars(query).first()
    if other is not None:
        raise ApiError(
            f"VPC {vpc.id} is currently attached to the Virtual Private Gateway {other}",
            code="InvalidVpcState",
        )


def _attachment(ctx: Context, attachment: VpnGatewayAttachment) -> dict[str, str]:
    return {
        "State": ATTACHMENT[attachment_state(ctx, attachment)],
        "VpcId": attachment.vpc_id,
    }


def _describe(ctx: Context, listed: list[VpnGateway]) -> list[dict[str, Any]]:
    all_states = states(ctx, listed)
    attachments = [one.attachment for one in listed if one.attachment is not None]
    attachment_states = states(ctx, attachments)
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    return [
        without_none(
            {
                "VpnGatewayId": one.id,
                "State": all_states[one.id],
                "Type": one.type,
                "AmazonSideAsn": one.amazon_side_asn,
                "AvailabilityZone": one.availability_zone,
                "VpcAttachments": [
                    {
                        "State": ATTACHMENT[attachment_states[one.attachment.id]],
                        "VpcId": one.attachment.vpc_id,
                    }
                ]
                if one.attachment
                else [],
                "Tags": all_tags[one.id],
            }
        )
        for one in listed
    ]
