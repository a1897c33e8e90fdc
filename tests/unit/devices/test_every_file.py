"""What holds for the file of every device."""

import re

import pytest

import golden
from landbridge.devices.catalogue import DEVICES
from landbridge.devices.marks import marks_in
from landbridge.devices.render import DPD_INTERVAL, DPD_RETRIES
from landbridge.vpn.mtu import GCM, sizes
from unit.devices.cases import CASES, slug
from unit.devices.readers import READERS
from unit.devices.reading import UNSAID, TunnelReading
from unit.devices.sections import HEAD, sections

LOOKED_AT = {"static", "dynamic", "recommended", "certificates", "ipv6-static", "ipv6-dynamic"}
every_case = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.mark.parametrize("case", [one for one in CASES if one.kind in LOOKED_AT], ids=str)
def test_as_last_looked_at(case):
    golden.check(f"devices/{case}.txt", case.text)


@every_case
def test_it_says_what_the_facts_say(case):
    reader = READERS[case.device.template]
    reading = reader.read(case.text)
    assert len(reading.tunnels) == 2
    for number, read in enumerate(reading.tunnels):
        wanted = expected(case, number)
        for name, value in vars(read).items():
            if value is UNSAID:
                allowed = reader.unsaid | (
                    {"customer_outside"} if case.facts.certificates else set()
                )
                assert name in allowed, f"{name} of tunnel {number + 1} is missing"
            else:
                assert name not in reader.unsaid, f"{name} is said: {value}"
                either = [vars(wanted)[name], vars(expected(case, 1 - number))[name]]
                right = min(either) if name in reader.shared else either[0]
                assert value == right, f"{name} of tunnel {number + 1}"


def expected(case, number):
    facts, tunnel, suite = case.facts, case.facts.tunnels[number], case.suites[number]
    fit = sizes(suite.phase2.algorithms.integrity or GCM, nat_traversal=True)
    vpc = str(facts.vpc_cidr or "<VPC NETWORK>")
    return TunnelReading(
        ike_version=case.ike,
        psk=tunnel.psk,
        customer_outside=str(facts.customer_address),
        endpoint_outside=str(tunnel.outside_address),
        customer_inside=f"{tunnel.customer_inside_address}/{tunnel.inside.prefixlen}",
        endpoint_inside=str(tunnel.our_inside_address),
        ike=(suite.phase1.encryption, suite.phase1.integrity, suite.phase1.group),
        ike_lifetime=tunnel.options.phase1_lifetime_seconds,
        esp=(suite.phase2.encryption, suite.phase2.integrity, suite.phase2.group),
        esp_lifetime=tunnel.options.phase2_lifetime_seconds,
        dpd_interval=DPD_INTERVAL,
        dpd_retries=DPD_RETRIES,
        mtu=fit.mtu,
        mss=fit.mss_ipv6 if facts.ipv6 else fit.mss_ipv4,
        selectors=(str(facts.local_cidr), str(facts.remote_cidr)),
        bgp=None if facts.static_routes_only else (facts.customer_asn, facts.our_asn, 30),
        route=vpc if facts.static_routes_only else None,
    )


@every_case
def test_every_name_that_it_uses_is_defined_in_it(case):
    reading = READERS[case.device.template].read(case.text)
    assert reading.used <= reading.defined


def own(tunnel):
    """What belongs to one tunnel and to no other."""
    inside = tunnel.our_inside_address, tunnel.customer_inside_address
    return [tunnel.psk, *map(str, (tunnel.outside_address, *inside))]


@every_case
def test_nothing_of_one_tunnel_is_in_the_other(case):
    first, second = case.facts.tunnels
    for title, text in sections(case.text):
        others = {"IPSec Tunnel #1": own(second), "IPSec Tunnel #2": own(first)}
        for word in filter(None, others.get(title, [first.psk, second.psk])):
            assert not re.search(rf"(?<![\w.:]){re.escape(word)}(?![\w.:])", text), (title, word)


@every_case
def test_it_is_plain_lines(case):
    text = case.text
    assert text.isascii()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n\n" not in text
    for line in text.splitlines():
        assert line.isprintable(), line
        assert line == line.rstrip(), line
        assert "{{" not in line
        assert "None" not in line, line


@every_case
def test_its_head_tells_what_to_fill_in(case):
    (title, head), *rest = sections(case.text)
    assert title == HEAD
    told = re.findall(r"^\W*?(<[A-Z ]+>) +\S", head, re.MULTILINE)
    assert told == list(marks_in("".join(text for _, text in rest)))


@pytest.mark.parametrize("device", DEVICES.values(), ids=slug)
def test_devices_have_names_of_their_own(device):
    assert re.fullmatch(r"[0-9a-f]{8}", device.id)
    same = [one for one in DEVICES.values() if (one.name, slug(one)) == (device.name, slug(device))]
    assert same == [device]
    assert set(device.ike) <= {"ikev1", "ikev2"}


@pytest.mark.parametrize("device", DEVICES.values(), ids=slug)
def test_a_device_without_inside_addresses_cannot_say_them(device):
    inside = {"customer_inside", "endpoint_inside"} & READERS[device.template].unsaid
    assert device.inside_addresses == (not inside)
    assert device.inside_addresses or not device.bgp
