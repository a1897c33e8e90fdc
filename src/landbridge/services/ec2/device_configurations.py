"""Files for customer gateway devices.

Source: guide, "Download the configuration file".
"""

from landbridge.aws.errors import InvalidParameterValue, UnsupportedOperation
from landbridge.aws.pagination import page
from landbridge.devices.catalogue import DEVICES
from landbridge.devices.render import ike_versions, render
from landbridge.devices.suite import SampleType
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import VPN_CONNECTION
from landbridge.services.ec2.resources import row, without_none
from landbridge.services.ec2.vpn_connection_answer import facts_of
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpn import VpnConnection
from landbridge.vpn.algorithms import IKE_VERSIONS


@operation("GetVpnConnectionDeviceTypes")
def get_vpn_connection_device_types(_: Context, request: Request) -> Response:
    """List the devices for which there is a file."""
    listed = [
        {
            "VpnConnectionDeviceTypeId": device.id,
            "Vendor": device.vendor,
            "Platform": device.platform,
            "Software": device.software,
        }
        for device in sorted(
            DEVICES.values(), key=lambda one: (one.vendor, one.platform, one.software)
        )
    ]
    chosen, token = page(listed, request, key=lambda one: str(one["VpnConnectionDeviceTypeId"]))
    return without_none({"VpnConnectionDeviceTypes": chosen, "NextToken": token})


@operation("GetVpnConnectionDeviceSampleConfiguration")
def get_vpn_connection_device_sample_configuration(ctx: Context, request: Request) -> Response:
    """Write the file for a connection and a device."""
    connection = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    device = DEVICES.get(request["VpnConnectionDeviceTypeId"])
    if device is None:
        raise InvalidParameterValue(
            "VpnConnectionDeviceTypeId",
            request["VpnConnectionDeviceTypeId"],
            allowed=f"{', '.join(DEVICES)} (GetVpnConnectionDeviceTypes)",
        )
    version = request.get("InternetKeyExchangeVersion") or IKE_VERSIONS[0]
    if version not in device.ike_versions:
        raise _wrong_version(version, device.ike_versions)
    sample = _sample_type(request, version)
    facts = facts_of(ctx, [connection])[connection.id]
    possible = ike_versions(device, facts)
    if version not in possible:
        raise _wrong_version(version, possible)
    text = render(device, facts, ike_version=version, sample_type=sample)
    return {"VpnConnectionDeviceSampleConfiguration": text}


def _wrong_version(version: str, allowed: tuple[str, ...]) -> InvalidParameterValue:
    return InvalidParameterValue(
        "InternetKeyExchangeVersion",
        version,
        allowed=", ".join(allowed)
        or "none, because the options of the two tunnels have no version in common",
    )


def _sample_type(request: Request, version: str) -> SampleType:
    text = request.get("SampleType") or SampleType.COMPATIBILITY
    try:
        sample = SampleType(text)
    except ValueError as error:
        raise InvalidParameterValue("SampleType", text, allowed=", ".join(SampleType)) from error
    if sample is SampleType.RECOMMENDED and version == "ikev1":
        raise UnsupportedOperation(
            "SampleType recommended is not supported for ikev1, use ikev2 or compatibility."
        )
    return sample
