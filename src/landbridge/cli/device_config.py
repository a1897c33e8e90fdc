"""`landbridge device-config`: the configuration for a customer gateway device."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import botocore.exceptions
import typer
from rich.table import Table

from landbridge.cli.console import console, errors, fail
from landbridge.cli.environment import ec2_client
from landbridge.devices.catalogue import DEVICES
from landbridge.devices.device import Device
from landbridge.settings import from_environment

_CANDIDATES = 12
"How many devices a refusal lists."


def device_config(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="VPN-ID", help="The VPN connection; with --list words to look for."),
    ] = None,
    *,
    device: Annotated[
        str | None, typer.Option(help="An id of --list, or words that fit one device only.")
    ] = None,
    ike: Annotated[
        str | None, typer.Option(help="ikev1 or ikev2; default: what device and tunnels have.")
    ] = None,
    sample_type: Annotated[
        str, typer.Option(help="compatibility: the lowest algorithms; recommended: the strongest.")
    ] = "compatibility",
    out: Annotated[
        Path | None, typer.Option(help="Write to a file, for its owner only; default: print.")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the devices.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Write the configuration of a customer gateway device, or list the devices."""
    words = words or []
    if show_list:
        _list(matching(" ".join([*words, device or ""])), as_json=as_json)
        return
    if len(words) != 1 or device is None:
        fail(
            "say which VPN connection and which device.",
            hint="landbridge device-config VPN-ID --device NAME; landbridge device-config --list",
        )
    text = _download(words[0], _only(device), ike, sample_type)
    if out:
        _write(out, text)
        errors.print(f"Written to {out}. It holds the keys of both tunnels: keep it secret.")
    elif as_json:
        print(json.dumps({"VpnConnectionDeviceSampleConfiguration": text}))
    else:
        print(text, end="")


def matching(text: str) -> list[Device]:
    """Find the device with that id, else those whose names have all the words."""
    if text.strip() in DEVICES:
        return [DEVICES[text.strip()]]
    wanted = text.lower().split()
    return [one for one in DEVICES.values() if all(word in one.name.lower() for word in wanted)]


def _only(text: str) -> Device:
    found = matching(text)
    if not found:
        fail(
            f"there is no device {text}.",
            hint="See landbridge device-config --list; for others there is 9005b6c1 (Generic).",
        )
    if len(found) > 1:
        listed = "\n".join(f"  {one.id}  {one.name}" for one in found[:_CANDIDATES])
        more = f"\n  and {len(found) - _CANDIDATES} more" if len(found) > _CANDIDATES else ""
        fail(f"{len(found)} devices fit {text}:\n{listed}{more}", hint="Give an id or more words.")
    return found[0]


def _download(vpn_connection_id: str, device: Device, ike: str | None, sample_type: str) -> str:
    request = {
        "VpnConnectionId": vpn_connection_id,
        "VpnConnectionDeviceTypeId": device.id,
        "SampleType": sample_type,
    } | ({"InternetKeyExchangeVersion": ike} if ike else {})
    try:
        client = ec2_client(from_environment())
        answer = client.get_vpn_connection_device_sample_configuration(**request)
    except (FileNotFoundError, botocore.exceptions.EndpointConnectionError):
        fail("the service does not run.", hint="Start it: landbridge up")
    except PermissionError:
        fail("the credentials are for their owner only.", hint="Try again with sudo.")
    except botocore.exceptions.ClientError as error:
        fail(error.response["Error"]["Message"])
    return str(answer["VpnConnectionDeviceSampleConfiguration"])


def _write(path: Path, text: str) -> None:
    """Write for the owner's eyes only, also where the file was there before."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if path.is_file():
                os.fchmod(descriptor, 0o600)
            file.write(text)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")


def _list(devices: list[Device], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_shown(one) for one in devices], indent=2))
        return
    if not devices:
        fail("no device has these words in its name.", hint="landbridge device-config --list")
    console.print(_table(_shown(one) for one in devices))


def _shown(device: Device) -> dict[str, Any]:
    return {
        "VpnConnectionDeviceTypeId": device.id,
        "Vendor": device.vendor,
        "Platform": device.platform,
        "Software": device.software,
        "InternetKeyExchangeVersions": list(device.ike),
        "Bgp": device.bgp,
        "Certificates": device.certificates,
        "Ipv6": device.ipv6,
    }


def _table(shown: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(
        "Id", "Vendor", "Platform", "Software", "IKE", "Routing", box=None, pad_edge=False
    )
    for one in shown:
        table.add_row(
            one["VpnConnectionDeviceTypeId"],
            one["Vendor"],
            one["Platform"],
            one["Software"],
            ", ".join(one["InternetKeyExchangeVersions"]),
            "static, BGP" if one["Bgp"] else "static",
        )
    return table
