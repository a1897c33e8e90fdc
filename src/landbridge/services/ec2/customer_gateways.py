"""Customer gateways: what the customer says of his device.

Source: guide, "Customer gateway options for your Site-to-Site VPN connection".
"""

from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sqlalchemy import select

from landbridge.aws import filters
from landbridge.aws.errors import (
    IncorrectState,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    UnsupportedOperation,
)
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.kinds import CUSTOMER_GATEWAY
from landbridge.services.ec2.resources import row, rows, without_none
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpn import CustomerGateway, VpnConnection
from landbridge.vpn import asn
from landbridge.vpn.lifecycle import State

_FILTERS: filters.Filters = {
    "bgp-asn": lambda item: [item.get("BgpAsn") or item.get("BgpAsnExtended")],
    "customer-gateway-id": lambda item: [item["CustomerGatewayId"]],
    "ip-address": lambda item: [item["IpAddress"]],
    "state": lambda item: [item["State"]],
    "type": lambda item: [item["Type"]],
}


@operation("CreateCustomerGateway")
def create_customer_gateway(ctx: Context, request: Request) -> Response:
    """Create a customer gateway; the same request again returns the one that exists."""
    if request.get("CertificateArn"):
        raise UnsupportedOperation("The parameter CertificateArn is not supported.")
    address = _address(ctx, request)
    number = _asn(request)
    wanted = tags.specified(request, CUSTOMER_GATEWAY)
    same = ctx.session.scalars(
        select(CustomerGateway).where(
            CustomerGateway.deleted_at.is_(None),
            CustomerGateway.ip_address == address,
            CustomerGateway.bgp_asn == number,
            CustomerGateway.type == request["Type"],
            CustomerGateway.device_name == request.get("DeviceName"),
        )
    ).first()
    if same is not None:
        return {"CustomerGateway": _describe(ctx, [same])[0]}
    created = CustomerGateway(
        id=new_id(CUSTOMER_GATEWAY.prefix),
        created_at=ctx.now,
        type=request["Type"],
        ip_address=address,
        bgp_asn=number,
        device_name=request.get("DeviceName"),
    )
    ctx.session.add(created)
    tags.create(ctx, created.id, wanted)
    ctx.session.flush()
    return {"CustomerGateway": _describe(ctx, [created])[0]}


@operation("DescribeCustomerGateways")
def describe_customer_gateways(ctx: Context, request: Request) -> Response:
    """List customer gateways, deleted ones for a while."""
    listed = rows(
        ctx,
        CustomerGateway,
        request.get("CustomerGatewayIds") or [],
        CUSTOMER_GATEWAY,
        keep_deleted=True,
    )
    described = _describe(ctx, listed)
    return {"CustomerGateways": filters.matching(described, request.get("Filters"), _FILTERS)}


@operation("DeleteCustomerGateway")
def delete_customer_gateway(ctx: Context, request: Request) -> Response:
    """Delete a customer gateway that no VPN connection uses."""
    doomed = row(ctx, CustomerGateway, request["CustomerGatewayId"], CUSTOMER_GATEWAY)
    user = ctx.session.scalars(
        select(VpnConnection.id).where(
            VpnConnection.customer_gateway_id == doomed.id, VpnConnection.deleted_at.is_(None)
        )
    ).first()
    if user is not None:
        raise IncorrectState(f"The customer gateway '{doomed.id}' is in use by '{user}'.")
    doomed.deleted_at = ctx.now
    return {}


def _address(ctx: Context, request: Request) -> str:
    """Read IpAddress, or PublicIp as it was called; the device is never one of our endpoints."""
    name = "IpAddress" if request.get("IpAddress") else "PublicIp"
    text = request.get(name)
    if not text:
        raise MissingParameter("ipAddress")
    if request.get("IpAddress") and request.get("PublicIp", text) != text:
        raise InvalidParameterCombination(
            "The parameters ipAddress and publicIp must not differ; publicIp is deprecated."
        )
    try:
        address = IPv4Address(text)
    except AddressValueError as error:
        raise InvalidParameterValue(name, text, allowed="an IPv4 address") from error
    if address.is_multicast or address.is_loopback or address.is_unspecified:
        raise InvalidParameterValue(name, text, allowed="the address of a device")
    if address in ctx.outside_pool:
        raise InvalidParameterValue(
            name, text, allowed=f"addresses outside {ctx.outside_pool}, where our endpoints are"
        )
    return str(address)


def _asn(request: Request) -> int:
    plain, extended = request.get("BgpAsn"), request.get("BgpAsnExtended")
    if plain is not None and extended is not None:
        raise InvalidParameterCombination(
            "The parameters bgpAsn and bgpAsnExtended must not be used together."
        )
    name, number, allowed = (
        ("BgpAsn", plain, asn.CUSTOMER_ASN)
        if extended is None
        else ("BgpAsnExtended", extended, asn.CUSTOMER_ASN_EXTENDED)
    )
    if number is None:
        return asn.DEFAULT_CUSTOMER_ASN
    if number not in allowed or number in asn.RESERVED_CUSTOMER_ASN:
        reserved = ", ".join(str(one) for one in sorted(asn.RESERVED_CUSTOMER_ASN))
        raise InvalidParameterValue(
            name, number, allowed=f"{allowed.start}-{allowed.stop - 1} except {reserved}"
        )
    return int(number)


def _describe(ctx: Context, listed: list[CustomerGateway]) -> list[dict[str, Any]]:
    """Describe; nothing has to be built for a customer gateway, so it is available at once."""
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    return [
        without_none(
            {
                "CustomerGatewayId": one.id,
                "State": State.DELETED if one.deleted_at else State.AVAILABLE,
                "Type": one.type,
                "IpAddress": one.ip_address,
                ("BgpAsn" if one.bgp_asn in asn.CUSTOMER_ASN else "BgpAsnExtended"): str(
                    one.bgp_asn
                ),
                "DeviceName": one.device_name,
                "Tags": all_tags[one.id],
            }
        )
        for one in listed
    ]
