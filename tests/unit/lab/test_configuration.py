"""Reading a downloaded file, as the lab does."""

from ipaddress import IPv4Network

import pytest

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.render import render
from landbridge.devices.suite import SampleType
from landbridge.lab.configuration import read
from landbridge.lab.ipsec_conf import seconds
from landbridge.lab.model import ConfigurationError
from landbridge.lab.swanctl import parse
from unit.devices.facts import DYNAMIC, FIRST, SECOND, STATIC

LAN = IPv4Network("192.168.10.0/24")


IPSEC_CONF, SWANCTL = "51cb26fd", "1b000001"
either = pytest.mark.parametrize("device", [IPSEC_CONF, SWANCTL])


def file(facts=DYNAMIC, ike="ikev2", device=IPSEC_CONF):
    return render(DEVICES[device], facts, ike_version=ike, sample_type=SampleType.COMPATIBILITY)


@either
def test_both_tunnels_are_read(device):
    first, second = read(file(device=device), LAN).tunnels
    assert (first.name, first.psk, str(first.inside)) == (
        "Tunnel1",
        FIRST.psk,
        "169.254.10.2/30",
    )
    assert (first.mtu, second.mtu) == (1422, 1422)
    assert (second.psk, second.remote_address) == (SECOND.psk, SECOND.outside_address)
    assert first.local_address == second.local_address == DYNAMIC.customer_address


def test_the_local_network_is_filled_in():
    first, second = (read(file(device=device), LAN) for device in (IPSEC_CONF, SWANCTL))
    assert first.frr is None
    assert second.bird is None
    for text in (first.bird, second.frr):
        assert str(LAN) in text
        assert "<" not in text


@either
def test_static_routing_has_routes_and_no_daemon(device):
    configuration = read(file(STATIC, device=device), LAN)
    assert configuration.bird is configuration.frr is None
    assert configuration.check.startswith("#!/bin/sh\n")
    assert [(str(to), str(via), metric) for to, via, _, metric in configuration.routes] == [
        ("10.0.0.0/16", "169.254.10.1", 100),
        ("10.0.0.0/16", "169.254.10.5", 200),
    ]


@either
@pytest.mark.parametrize("ike", ["ikev1", "ikev2"])
def test_the_connection_in_swanctls_words(ike, device):
    (tunnel, _) = read(file(ike=ike, device=device), LAN).tunnels
    found = tunnel.definition
    (child,) = found["children"].values()
    assert tunnel.ike_version == found["version"] == ike[-1]
    assert found["proposals"] == child["esp_proposals"] == ["aes128-sha1-modp1024"]
    assert found["rekey_time"] == f"{28800 - 540}s"
    assert child["life_time"] == "3600s"
    assert child["remote_ts"] == ["0.0.0.0/0"]
    assert found.get("encap", "no") == "no", "a NAT is found out, not assumed"
    assert tunnel.initiate
    assert tunnel.dead_after == 30
    assert "start_action" not in child, "the lab starts it when all is loaded"


def test_what_the_file_says_of_replays_and_encapsulation_is_done():
    text = file().replace("mobike=no", "mobike=no\n    replay_window=512\n    forceencaps=yes")
    found = read(text, LAN).tunnels[0].definition
    assert found["children"]["203.0.113.2"]["replay_window"] == "512"
    assert found["encap"] == "yes"


def test_a_file_for_another_device_is_refused():
    with pytest.raises(ConfigurationError, match="conn"):
        read("! Cisco IOS", LAN)


def test_a_file_without_a_key_is_refused():
    with pytest.raises(ConfigurationError, match=r"203\.0\.113\.2"):
        read(file().replace("PSK", "RSA"), LAN)


@pytest.mark.parametrize("text", ["connections {", "a b", "}"])
def test_what_is_no_swanctl_conf_is_refused(text):
    with pytest.raises(ConfigurationError):
        parse(text)


def test_an_interface_that_is_not_made_is_missed():
    for missing in ("ip link add Tunnel2", "ip addr add 169.254.10.6", "ip link set Tunnel2"):
        with pytest.raises(ConfigurationError):
            read(file(device=SWANCTL).replace(missing, "# "), LAN)


@pytest.mark.parametrize(
    ("text", "value"), [("8h", 28800), ("28800s", 28800), ("9m", 540), ("7", 7)]
)
def test_times(text, value):
    assert seconds(text) == value
