"""Virtual private gateways and their attachments to VPCs.

Source: guide, "Create a virtual private gateway", "Detaching and deleting a virtual private
gateway".
"""

from typing import Any

from sqlalchemy import select

from landbridge.aws import filters
from landbridge.aws.errors import ApiError, IncorrectState, InvalidParameterValue
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.availability_zones import check_zone
from landbridge.services.ec2.kinds import VPC, VPN_GATEWAY
from landbridge.services.ec2.resources import row, rows, states, without_none
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import RoutePropagation, Vpc
from landbridge.store.tables.vpn import VpnConnection, VpnGateway, VpnGatewayAttachment
from landbridge.vpn import asn
from landbridge.vpn.lifecycle import ATTACHMENT

_FILTERS: filters.Filters = {
    "amazon-side-asn": lambda item: [item["AmazonSideAsn"]],
    "attachment.state": lambda item: [one["State"] for one in item["VpcAttachments"]],
    "attachment.vpc-id": lambda item: [one["VpcId"] for one in item["VpcAttachments"]],
    "availability-zone": lambda item: [item.get("AvailabilityZone", "")],
    "state": lambda item: [item["State"]],
    "type": lambda item: [item["Type"]],
    "vpn-gateway-id": lambda item: [item["VpnGatewayId"]],
}


@operation("CreateVpnGateway")
def create_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Create a virtual private gateway."""
    number = request.get("AmazonSideAsn", asn.DEFAULT_AMAZON_ASN)
    if not asn.is_amazon_asn(number):
        raise InvalidParameterValue("AmazonSideAsn", number, allowed=asn.allowed_amazon_asns())
    zone = request.get("AvailabilityZone") or None  # Terraform sends it empty
    if zone is not None:
        check_zone(ctx, zone)
    created = VpnGateway(
        id=new_id(VPN_GATEWAY.prefix),
        created_at=ctx.now,
        type=request["Type"],
        amazon_side_asn=number,
        availability_zone=zone,
    )
    ctx.session.add(created)
    tags.create(ctx, created.id, tags.specified(request, VPN_GATEWAY))
    ctx.session.flush()
    return {"VpnGateway": _describe(ctx, [created])[0]}


@operation("DescribeVpnGateways")
def describe_vpn_gateways(ctx: Context, request: Request) -> Response:
    """List virtual private gateways, deleted ones for a while."""
    listed = rows(
        ctx, VpnGateway, request.get("VpnGatewayIds") or [], VPN_GATEWAY, keep_deleted=True
    )
    described = _describe(ctx, listed)
    return {"VpnGateways": filters.matching(described, request.get("Filters"), _FILTERS)}


@operation("DeleteVpnGateway")
def delete_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Delete a virtual private gateway that is detached and has no VPN connections."""
    doomed = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
    if attached_vpc(ctx, doomed) is not None:
        raise IncorrectState(f"The vpnGateway ID '{doomed.id}' is attached to a VPC.")
    user = ctx.session.scalars(
        select(VpnConnection.id).where(
            VpnConnection.vpn_gateway_id == doomed.id, VpnConnection.deleted_at.is_(None)
        )
    ).first()
    if user is not None:
        raise IncorrectState(f"The vpnGateway ID '{doomed.id}' is in use by '{user}'.")
    doomed.deleted_at = ctx.now
    return {}


@operation("AttachVpnGateway")
def attach_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Attach a gateway to a VPC; each has one at most."""
    gateway = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    before = gateway.attachment
    if before is not None and attachment_state(ctx, before) != "detached":
        if before.deleted_at is None and before.vpc_id == vpc.id:
            return {"VpcAttachment": _attachment(ctx, before)}
        raise ApiError(
            f"The vpnGateway ID '{gateway.id}' is already attached to '{before.vpc_id}'.",
            code="VpnGatewayAttachmentLimitExceeded",
        )
    other = ctx.session.scalars(
        select(VpnGatewayAttachment).where(
            VpnGatewayAttachment.vpc_id == vpc.id, VpnGatewayAttachment.deleted_at.is_(None)
        )
    ).first()
    if other is not None:
        raise ApiError(
            f"The vpc ID '{vpc.id}' already has '{other.vpn_gateway_id}' attached.",
            code="VpnGatewayAttachmentLimitExceeded",
        )
    if before is not None:
        ctx.session.delete(before)
        ctx.session.flush()
    created = VpnGatewayAttachment(
        id=new_id("vgw-attach"), created_at=ctx.now, vpn_gateway_id=gateway.id, vpc_id=vpc.id
    )
    ctx.session.add(created)
    ctx.session.flush()
    return {"VpcAttachment": _attachment(ctx, created)}


@operation("DetachVpnGateway")
def detach_vpn_gateway(ctx: Context, request: Request) -> Response:
    """Detach a gateway; its routes stay in the VPC's tables as blackholes, propagation ends."""
    gateway = row(ctx, VpnGateway, request["VpnGatewayId"], VPN_GATEWAY)
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    attachment = gateway.attachment
    if attachment is None or attachment.vpc_id != vpc.id or attachment.deleted_at is not None:
        raise ApiError(
            f"The attachment with vpn gateway ID '{gateway.id}' and vpc ID '{vpc.id}' "
            "does not exist",
            code="InvalidVpnGatewayAttachment.NotFound",
        )
    attachment.deleted_at = ctx.now
    for propagation in ctx.session.scalars(
        select(RoutePropagation).where(RoutePropagation.vpn_gateway_id == gateway.id)
    ):
        ctx.session.delete(propagation)
    return {}


def attached_vpc(ctx: Context, gateway: VpnGateway) -> str | None:
    """The VPC to which a gateway is, or is still being, attached."""
    attachment = gateway.attachment
    if attachment is None or attachment_state(ctx, attachment) == "detached":
        return None
    return attachment.vpc_id


def attachment_state(ctx: Context, attachment: VpnGatewayAttachment) -> str:
    """Compute an attachment's state."""
    return ATTACHMENT[states(ctx, [attachment])[attachment.id]]


def _attachment(ctx: Context, attachment: VpnGatewayAttachment) -> dict[str, str]:
    return {"State": attachment_state(ctx, attachment), "VpcId": attachment.vpc_id}


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
