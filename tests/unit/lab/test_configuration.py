"""Reading a downloaded file, as the lab does."""

from ipaddress import IPv4Network

import pytest

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.render import render
from landbridge.devices.suite import SampleType
from landbridge.lab.configuration import ConfigurationError, read, seconds
from landbridge.lab.connection import definition
from unit.devices.facts import DYNAMIC, FIRST, SECOND, STATIC

LAN = IPv4Network("192.168.10.0/24")


def file(facts=DYNAMIC, ike="ikev2"):
    return render(DEVICES["51cb26fd"], facts, ike_version=ike, sample_type=SampleType.COMPATIBILITY)


def test_both_tunnels_are_read():
    first, second = read(file(), LAN).tunnels
    assert (first.name, first.psk, str(first.inside)) == (
        "Tunnel1",
        FIRST.psk,
        "169.254.10.2/30",
    )
    assert (first.mtu, second.mtu) == (1422, 1422)
    assert (second.psk, second.remote_address) == (SECOND.psk, SECOND.outside_address)
    assert first.local_address == second.local_address == DYNAMIC.customer_address


def test_the_local_network_is_filled_in():
    bird = read(file(), LAN).bird
    assert bird is not None
    assert str(LAN) in bird
    assert "<" not in bird


def test_static_routing_has_routes_and_no_bird():
    configuration = read(file(STATIC), LAN)
    assert configuration.bird is None
    assert [(str(to), str(via), metric) for to, via, _, metric in configuration.routes] == [
        ("10.0.0.0/16", "169.254.10.1", 100),
        ("10.0.0.0/16", "169.254.10.5", 200),
    ]


@pytest.mark.parametrize("ike", ["ikev1", "ikev2"])
def test_the_connection_in_swanctls_words(ike):
    found = definition(read(file(ike=ike), LAN).tunnels[0])
    assert found["version"] == ike[-1]
    assert found["proposals"] == ["aes128-sha1-modp1024"]
    assert found["children"]["tunnel"]["esp_proposals"] == ["aes128-sha1-modp1024"]
    assert found["rekey_time"] == f"{28800 - 540}s"
    assert found["encap"] == "no", "a NAT is found out, not assumed"


def test_what_the_file_says_of_replays_and_encapsulation_is_done():
    text = file().replace("mobike=no", "mobike=no\n    replay_window=512\n    forceencaps=yes")
    found = definition(read(text, LAN).tunnels[0])
    assert found["children"]["tunnel"]["replay_window"] == "512"
    assert found["encap"] == "yes"


def test_a_file_for_another_device_is_refused():
    with pytest.raises(ConfigurationError, match="conn"):
        read("! Cisco IOS", LAN)


def test_a_file_without_a_key_is_refused():
    with pytest.raises(ConfigurationError, match=r"203\.0\.113\.2"):
        read(file().replace("PSK", "RSA"), LAN)


@pytest.mark.parametrize(
    ("text", "value"), [("8h", 28800), ("28800s", 28800), ("9m", 540), ("7", 7)]
)
def test_times(text, value):
    assert seconds(text) == value
