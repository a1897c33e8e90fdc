"""Files for customer gateway devices.

Source: guide, "Download the configuration file".
"""

from landbridge.aws.errors import InvalidParameterValue, UnsupportedOperation
from landbridge.aws.pagination import page
from landbridge.devices.catalogue import DEVICES
from landbridge.devices.device import Device
from landbridge.devices.render import ImpossibleError, ike_versions, render
from landbridge.devices.suite import SampleType
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import VPN_CONNECTION
from landbridge.services.ec2.resources import row, without_none
from landbridge.services.ec2.vpn_connection_answer import facts_of
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpn import VpnConnection

_POSITION = {identifier: f"{number:04}" for number, identifier in enumerate(DEVICES)}


@operation("GetVpnConnectionDeviceTypes")
def get_vpn_connection_device_types(_: Context, request: Request) -> Response:
    """List the devices for which there is a file."""
    chosen, token = page(list(DEVICES.values()), request, key=lambda device: _POSITION[device.id])
    listed = [
        {
            "VpnConnectionDeviceTypeId": device.id,
            "Vendor": device.vendor,
            "Platform": device.platform,
            "Software": device.software,
        }
        for device in chosen
    ]
    return without_none({"VpnConnectionDeviceTypes": listed, "NextToken": token})


@operation("GetVpnConnectionDeviceSampleConfiguration")
def get_vpn_connection_device_sample_configuration(ctx: Context, request: Request) -> Response:
    """Write the file for a connection and a device."""
    connection = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    device = DEVICES.get(request["VpnConnectionDeviceTypeId"])
    if device is None:
        raise InvalidParameterValue(
            "VpnConnectionDeviceTypeId",
            request["VpnConnectionDeviceTypeId"],
            allowed="an id that GetVpnConnectionDeviceTypes lists",
        )
    sample = _sample_type(request)
    facts = facts_of(ctx, connection)
    version = _ike_version(request, device, ike_versions(device, facts), sample)
    try:
        text = render(device, facts, ike_version=version, sample_type=sample)
    except ImpossibleError as error:
        raise UnsupportedOperation(f"{error}.") from error
    return {"VpnConnectionDeviceSampleConfiguration": text}


def _ike_version(
    request: Request, device: Device, possible: tuple[str, ...], sample: SampleType
) -> str:
    """Read InternetKeyExchangeVersion; without one the first that device and tunnels have."""
    version = request.get("InternetKeyExchangeVersion")
    if sample is SampleType.RECOMMENDED:
        if version == "ikev1" or "ikev2" not in possible:
            raise UnsupportedOperation(
                "SampleType recommended is not supported for ikev1, use ikev2 or compatibility. "
                f"{device.name} and both tunnels have {', '.join(possible) or 'none'} in common."
            )
        possible = ("ikev2",)
    if version is None and possible:
        return possible[0]
    if version not in possible:
        raise InvalidParameterValue(
            "InternetKeyExchangeVersion",
            version or "",
            allowed=", ".join(possible)
            or f"none: {device.name} and the options of both tunnels have no version in common",
        )
    return str(version)


def _sample_type(request: Request) -> SampleType:
    text = request.get("SampleType") or SampleType.COMPATIBILITY
    try:
        return SampleType(text)
    except ValueError as error:
        raise InvalidParameterValue("SampleType", text, allowed=", ".join(SampleType)) from error
