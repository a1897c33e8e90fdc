"""What a request for a VPN connection asks for, read and checked, and what of it is not built."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.aws import ids
from landbridge.aws.errors import (
    ApiError,
    InvalidParameterValue,
    UnsupportedOperation,
    malformed_id,
    not_found,
    shown,
)
from landbridge.services.ec2 import cidrs, tunnel_options
from landbridge.services.ec2.customer_gateways import check_type
from landbridge.services.ec2.resources import unsupported
from landbridge.services.registry import Request

_REQUEST = {
    "CustomerGatewayId",
    "Options",
    "PreSharedKeyStorage",
    "TagSpecifications",
    "TransitGatewayId",
    "Type",
    "VpnGatewayId",
}
_ONLY: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "EnableAcceleration": (False, (True,)),
    "OutsideIpAddressType": ("PublicIpv4", ("PrivateIpv4", "Ipv6")),
    "TunnelBandwidth": ("standard", ("large",)),
    "TunnelInsideIpVersion": ("ipv4", ("ipv6",)),
}
"Options of which only the first value, EC2's default, is built; the others EC2 has."
_STORAGES = ("Standard", ("SecretsManager",))
_OPTIONS = {
    *_ONLY,
    "StaticRoutesOnly",
    "LocalIpv4NetworkCidr",
    "RemoteIpv4NetworkCidr",
    "TunnelOptions",
}
_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of a connection, as asked for or by default."""

    static_routes_only: bool
    local_ipv4_network_cidr: str
    remote_ipv4_network_cidr: str
    tunnels: tuple[tunnel_options.Chosen, tunnel_options.Chosen]


def read(request: Request) -> Wanted:
    """Read the options and refuse what is wrong or not built."""
    unsupported(request, _REQUEST)
    check_type(request["Type"])
    _check_only("PreSharedKeyStorage", request.get("PreSharedKeyStorage"), _STORAGES)
    options = request.get("Options") or {}
    for name, choice in _ONLY.items():
        _check_only(f"Options.{name}", options.get(name), choice)
    for name, value in options.items():
        if name not in _OPTIONS and value:
            raise UnsupportedOperation(f"The parameter Options.{name} is not supported.")
    return Wanted(
        static_routes_only=bool(options.get("StaticRoutesOnly")),
        local_ipv4_network_cidr=_network(options, "LocalIpv4NetworkCidr"),
        remote_ipv4_network_cidr=_network(options, "RemoteIpv4NetworkCidr"),
        tunnels=tunnel_options.read(options.get("TunnelOptions") or []),
    )


def check_gateways(request: Request) -> None:
    """Refuse a request that names gateways of both kinds, before either is looked up."""
    if request.get("VpnGatewayId") and request.get("TransitGatewayId"):
        raise ApiError(
            "The request must not contain both parameter vpnGatewayId and transitGatewayId"
        )


def check_transit_gateway(request: Request) -> None:
    """Refuse any transit gateway: there are none yet, so this one does not exist."""
    gateway_id = request.get("TransitGatewayId")
    if not gateway_id:
        return
    if not ids.has_prefix(gateway_id, "tgw"):
        raise malformed_id("InvalidTransitGatewayID.Malformed", gateway_id, "tgw")
    raise not_found("InvalidTransitGatewayID.NotFound", "transitGateway", gateway_id)


def _check_only(name: str, value: Any, choice: tuple[Any, tuple[Any, ...]]) -> None:
    built, others = choice
    if value in (None, "", built):
        return
    if value in others:
        raise UnsupportedOperation(
            f"Value ({shown(value)}) for parameter {name} is not supported. "
            f"Supported is {shown(built)}."
        )
    raise InvalidParameterValue(name, value, allowed=shown(built))


def _network(options: Mapping[str, Any], name: str) -> str:
    return str(cidrs.network(f"Options.{name}", options.get(name) or _ANYWHERE))
