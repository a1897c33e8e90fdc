"""Customer gateways: what the customer says of his device.

Source: guide, "Customer gateway options for your Site-to-Site VPN connection".
"""

from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import ColumnElement, select

from landbridge.aws.errors import (
    IncorrectState,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    UnsupportedOperation,
)
from landbridge.aws.filters import Filters
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.kinds import CUSTOMER_GATEWAY
from landbridge.services.ec2.listing import listing, member
from landbridge.services.ec2.resources import (
    row,
    rows,
    still_there,
    unsupported,
    without_none,
)
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpn import CustomerGateway, VpnConnection
from landbridge.vpn import asn
from landbridge.vpn.lifecycle import State

TYPES = ("ipsec.1",)
"Of customer gateways, VPN gateways and VPN connections."
LONGEST_DEVICE_NAME = 255
_ADDRESS_NAMES = ("IpAddress", "PublicIp")
"PublicIp is what IpAddress was called."
_THIS_NETWORK = IPv4Network("0.0.0.0/8")
_CREATED = {"Type", "BgpAsn", "BgpAsnExtended", "DeviceName", "TagSpecifications", *_ADDRESS_NAMES}
_FILTERS: Filters = {
    "bgp-asn": lambda item: [item.get("BgpAsn") or item.get("BgpAsnExtended")],
    "customer-gateway-id": member("CustomerGatewayId"),
    "ip-address": member("IpAddress"),
    "state": member("State"),
    "type": member("Type"),
}


@operation("CreateCustomerGateway")
def create_customer_gateway(ctx: Context, request: Request) -> Response:
    """Create a customer gateway; the same request again returns the one that exists."""
    if request.get("CertificateArn"):
        raise UnsupportedOperation(
            "The parameter certificateArn is not supported: tunnels authenticate by pre-shared "
            "keys, and the customer gateway is told by ipAddress."
        )
    unsupported(request, _CREATED)
    check_type(request["Type"])
    wanted = CustomerGateway(
        id=new_id(CUSTOMER_GATEWAY.prefix),
        created_at=ctx.now,
        type=request["Type"],
        ip_address=_address(ctx, request),
        bgp_asn=_asn(request),
        device_name=_device_name(request),
    )
    wanted_tags = tags.specified(request, CUSTOMER_GATEWAY)
    same = _same(ctx, wanted)
    if same is not None:
        return {"CustomerGateway": _describe(ctx, [same])[0]}
    ctx.session.add(wanted)
    tags.create(ctx, wanted.id, wanted_tags)
    ctx.session.flush()
    return {"CustomerGateway": _describe(ctx, [wanted])[0]}


@operation("DescribeCustomerGateways")
def describe_customer_gateways(ctx: Context, request: Request) -> Response:
    """List customer gateways, deleted ones for a while."""
    ids = request.get("CustomerGatewayIds") or []
    listed = rows(ctx, CustomerGateway, ids, CUSTOMER_GATEWAY, keep_deleted=True)
    described = _describe(ctx, listed)
    return listing("CustomerGateways", described, request, _FILTERS, key="CustomerGatewayId")


@operation("DeleteCustomerGateway")
def delete_customer_gateway(ctx: Context, request: Request) -> Response:
    """Delete a customer gateway that no VPN connection uses, not even one being deleted."""
    doomed = row(ctx, CustomerGateway, request["CustomerGatewayId"], CUSTOMER_GATEWAY)
    user = user_of(ctx, VpnConnection.customer_gateway_id == doomed.id)
    if user is not None:
        raise IncorrectState(f"The customer gateway is in use. VPN connection: {user}")
    doomed.deleted_at = ctx.now
    return {}


def check_type(value: str) -> None:
    """Refuse a type of VPN that there is not."""
    if value not in TYPES:
        raise InvalidParameterValue("Type", value, allowed=", ".join(TYPES))


def user_of(ctx: Context, uses: ColumnElement[bool]) -> str | None:
    """Name the first connection of those that use a gateway, unless it is deleted and gone."""
    query = select(VpnConnection.id).where(uses, still_there(VpnConnection))
    return ctx.session.scalars(query.order_by(VpnConnection.id).limit(1)).first()


def _same(ctx: Context, wanted: CustomerGateway) -> CustomerGateway | None:
    """Find the customer gateway that an identical request created."""
    return ctx.session.scalars(
        select(CustomerGateway).where(
            CustomerGateway.deleted_at.is_(None),
            CustomerGateway.ip_address == wanted.ip_address,
            CustomerGateway.bgp_asn == wanted.bgp_asn,
            CustomerGateway.type == wanted.type,
            CustomerGateway.device_name == wanted.device_name,
        )
    ).first()


def _device_name(request: Request) -> str | None:
    name: str | None = request.get("DeviceName") or None
    if name and len(name) > LONGEST_DEVICE_NAME:
        raise InvalidParameterValue(
            "DeviceName", name, allowed=f"a name of up to {LONGEST_DEVICE_NAME} characters"
        )
    return name


def _address(ctx: Context, request: Request) -> str:
    """Read IpAddress or PublicIp; the device is never one of our endpoints."""
    given = {name: request[name] for name in _ADDRESS_NAMES if request.get(name)}
    if not given:
        raise MissingParameter("IpAddress")
    if len(set(given.values())) > 1:
        raise InvalidParameterCombination(
            "The parameters ipAddress and publicIp must not differ; publicIp is deprecated."
        )
    name, text = next(iter(given.items()))
    try:
        address = IPv4Address(text)
    except AddressValueError as error:
        raise InvalidParameterValue(name, text, allowed="an IPv4 address") from error
    if _is_of_no_device(address):
        raise InvalidParameterValue(name, text, allowed="the address of a device")
    if address in ctx.outside_pool:
        raise InvalidParameterValue(
            name, text, allowed=f"an address outside {ctx.outside_pool}, where our endpoints are"
        )
    return str(address)


def _is_of_no_device(address: IPv4Address) -> bool:
    return (
        address.is_multicast
        or address.is_loopback
        or address.is_link_local
        or address.is_reserved
        or address in _THIS_NETWORK
    )


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
