"""The native configuration in XML."""

import subprocess
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import golden
from landbridge.devices.customer_gateway_configuration import customer_gateway_configuration
from unit.devices.facts import (
    DYNAMIC,
    NARROW,
    STATIC,
    UNATTACHED,
    choosing,
    with_certificates,
)

SCHEMA = Path(__file__).with_name("customer_gateway_configuration.rng")


def parsed(facts):
    return ElementTree.fromstring(customer_gateway_configuration(facts).encode())


@pytest.mark.parametrize(("name", "facts"), [("dynamic", DYNAMIC), ("static", STATIC)])
def test_as_last_looked_at(name, facts):
    text = customer_gateway_configuration(facts)
    golden.check(f"devices/native-{name}.xml", text)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<vpn_connection id="vpn-')
    assert text.endswith("</vpn_connection>"), "no newline at the end"


@pytest.mark.parametrize("facts", [DYNAMIC, STATIC], ids=["dynamic", "static"])
def test_it_says_what_the_facts_say(facts):
    root = parsed(facts)
    assert root.attrib == {"id": facts.vpn_connection_id}
    assert root.findtext("customer_gateway_id") == facts.customer_gateway_id
    assert root.findtext("vpn_gateway_id") == facts.vpn_gateway_id
    assert root.findtext("vpn_connection_type") == "ipsec.1"
    found = root.findall("ipsec_tunnel")
    for tunnel, element in zip(facts.tunnels, found, strict=True):
        theirs, ours = element.find("customer_gateway"), element.find("vpn_gateway")
        for side, outside, inside, asn in (
            (theirs, facts.customer_address, tunnel.customer_inside_address, facts.customer_asn),
            (ours, tunnel.outside_address, tunnel.our_inside_address, facts.our_asn),
        ):
            assert side.findtext("tunnel_outside_address/ip_address") == str(outside)
            assert side.findtext("tunnel_inside_address/ip_address") == str(inside)
            assert side.findtext("tunnel_inside_address/network_cidr") == "30"
            bgp = None if facts.static_routes_only else str(asn)
            assert side.findtext("bgp/asn") == bgp
            assert side.findtext("bgp/hold_time") == (bgp and "30")
        assert element.findtext("ike/pre_shared_key") == tunnel.psk


def test_static_routing_is_an_attribute():
    assert parsed(DYNAMIC).find("vpn_connection_attributes") is None
    assert parsed(STATIC).findtext("vpn_connection_attributes") == "NoBGPVPNConnection"


def valid(text, tmp_path):
    file = tmp_path / "configuration.xml"
    file.write_text(text)
    command = ["xmllint", "--noout", "--relaxng", SCHEMA, file]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "facts", [DYNAMIC, STATIC, UNATTACHED, with_certificates(DYNAMIC), choosing(NARROW)]
)
def test_its_schema_holds(facts, tmp_path):
    assert valid(customer_gateway_configuration(facts), tmp_path)


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("<lifetime>3600<", "<lifetime>1h<"),
        ("<protocol>esp</protocol>", ""),
        ("<asn>65010</asn>", ""),
        ("vpn_gateway>", "gateway>"),
        ("</vpn_connection>", ""),
    ],
)
def test_its_schema_can_fail(there, instead, tmp_path):
    text = customer_gateway_configuration(DYNAMIC)
    assert there in text
    assert not valid(text.replace(there, instead), tmp_path)


def test_options_do_not_change_it():
    assert customer_gateway_configuration(choosing(NARROW)) == customer_gateway_configuration(
        DYNAMIC
    )


def test_no_gateway_is_an_empty_element():
    assert "<vpn_gateway_id></vpn_gateway_id>" in customer_gateway_configuration(
        replace(DYNAMIC, vpn_gateway_id="")
    )


def test_a_thousand_are_quick():
    begun = time.process_time()
    for _ in range(1000):
        customer_gateway_configuration(DYNAMIC)
    assert time.process_time() - begun < 0.2
