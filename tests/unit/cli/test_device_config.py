"""`landbridge device-config`: finding a device, and what is said when there is none."""

import json

import pytest
from typer.testing import CliRunner

from landbridge.cli.device_config import matching
from landbridge.cli.main import app
from landbridge.devices.catalogue import DEVICES


def run(*arguments):
    return CliRunner().invoke(app, ["device-config", *arguments])


@pytest.mark.parametrize("device", DEVICES.values(), ids=lambda one: one.id)
def test_each_device_is_found_by_its_id_and_by_its_name(device):
    assert matching(device.id) == [device]
    assert device in matching(device.name.upper())


def test_words_in_any_order():
    assert matching("frr linux") == matching("LINUX  frr") == [DEVICES["1b000001"]]
    assert matching("no such thing") == []
    assert matching("") == list(DEVICES.values())


def test_the_list_for_scripts_has_all_in_their_order():
    listed = json.loads(run("--list", "--json").stdout)
    assert [one["VpnConnectionDeviceTypeId"] for one in listed] == list(DEVICES)
    (generic,) = json.loads(run("--list", "generic", "--json").stdout)
    assert generic == {
        "VpnConnectionDeviceTypeId": "9005b6c1",
        "Vendor": "Generic",
        "Platform": "Generic",
        "Software": "Vendor Agnostic",
        "InternetKeyExchangeVersions": ["ikev1", "ikev2"],
        "Bgp": True,
        "Certificates": True,
        "Ipv6": True,
    }


def test_the_list_for_people():
    lines = run("--list", "swanctl").stdout.splitlines()
    assert lines[0].split() == ["Id", "Vendor", "Platform", "Software", "IKE", "Routing"]
    assert lines[1].startswith("1b000001  strongSwan")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("vpn-1",),
        ("--device", "generic"),
        ("vpn-1", "vpn-2", "--device", "generic"),
        ("vpn-1", "--device", "abacus"),
        ("vpn-1", "--device", "strongswan"),
        ("--list", "abacus"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said(arguments):
    done = run(*arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
