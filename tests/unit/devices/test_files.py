"""The files for devices: as last looked at, and read back against the facts."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

import pytest

import golden
from landbridge.devices.catalogue import DEVICES, STRONGSWAN
from landbridge.devices.render import LOCAL_NETWORK, UnsafeTextError, ike_versions, render
from landbridge.devices.suite import SampleType, suite
from landbridge.vpn.algorithms import DH_GROUPS, ENCRYPTION, INTEGRITY
from landbridge.vpn.tunnel_options import OptionError, effective
from unit.devices.facts import DYNAMIC, FIRST, NARROW, SECOND, STATIC, choosing

GENERIC = DEVICES["9005b6c1"]
BOTH = (SampleType.COMPATIBILITY, SampleType.RECOMMENDED)
KINDS = [
    (device, routing, facts, ike)
    for device in (GENERIC, STRONGSWAN)
    for routing, facts in (("dynamic", DYNAMIC), ("static", STATIC))
    for ike in ("ikev1", "ikev2")
]


def write(device, facts, ike="ikev2", sample=SampleType.COMPATIBILITY):
    return render(device, facts, ike_version=ike, sample_type=sample)


def sections(text):
    """Cut a file into what is for both tunnels, for tunnel 1, and for tunnel 2."""
    head, first, rest = re.split(r"^(?:# )?IPSec Tunnel #[12]$", text, flags=re.MULTILINE)
    ends = r"^(?:# (?:Border Gateway|Static routing)|Additional Notes)"
    second, *tail = re.split(ends, rest, maxsplit=1, flags=re.MULTILINE)
    return head + "".join(tail), first, second


def own(tunnel):
    """What belongs to one tunnel and to no other."""
    inside = tunnel.our_inside_address, tunnel.customer_inside_address
    return [tunnel.psk, *(re.escape(str(one)) for one in (tunnel.outside_address, *inside))]


def conns(text):
    """Read ipsec.conf's blocks."""
    found = {}
    for name, block in re.findall(r"^conn (\S+)\n((?:    \S+=\S+\n)+)", text, re.MULTILINE):
        found[name] = dict(line.strip().split("=", 1) for line in block.splitlines())
    return found


def bird(text):
    begin, end = (f"^# {word} /etc/bird/bird\\.conf\n" for word in ("BEGIN", "END"))
    found = re.search(f"{begin}(.*?){end}", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else None


@pytest.mark.parametrize(("device", "routing", "facts", "ike"), KINDS)
def test_as_last_looked_at(device, routing, facts, ike):
    name = f"devices/{device.vendor.lower()}-{routing}-{ike}.txt"
    golden.check(name, write(device, facts, ike))


@pytest.mark.parametrize("device", [GENERIC, STRONGSWAN], ids=lambda device: device.vendor)
def test_the_recommended_and_the_narrow_as_last_looked_at(device):
    for name, facts, sample in (
        ("recommended", DYNAMIC, SampleType.RECOMMENDED),
        ("narrow", choosing(NARROW), SampleType.COMPATIBILITY),
    ):
        text = write(device, facts, sample=sample)
        golden.check(f"devices/{device.vendor.lower()}-{name}.txt", text)


@pytest.mark.parametrize(("device", "routing", "facts", "ike"), KINDS)
def test_each_tunnel_has_its_own_and_nothing_of_the_other(device, routing, facts, ike):
    text = write(device, facts, ike)
    common, first, second = sections(text)
    for mine, theirs, section in ((FIRST, SECOND, first), (SECOND, FIRST, second)):
        for word in (mine.psk, str(mine.outside_address), f"{mine.customer_inside_address}/30"):
            assert word in section, word
        for word in own(theirs):
            assert not re.search(rf"(?<![\w.]){word}(?![\w.])", section), word
    assert FIRST.psk not in common
    assert SECOND.psk not in common
    assert text.count(FIRST.psk) == text.count(SECOND.psk) == 1
    for identifier in (facts.vpn_connection_id, facts.vpn_gateway_id, facts.customer_gateway_id):
        assert text.count(identifier) == 1
    assert routing == ("static" if facts.static_routes_only else "dynamic")


@pytest.mark.parametrize(("device", "routing", "facts", "ike"), KINDS)
def test_files_are_plain_lines(device, routing, facts, ike):
    text = write(device, facts, ike)
    assert text.isascii()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert all(line.isprintable() and line == line.rstrip() for line in text.splitlines()), routing
    assert "{{" not in text
    assert "None" not in text


@pytest.mark.parametrize("ike", ["ikev1", "ikev2"])
def test_strongswans_blocks_say_what_the_facts_say(ike):
    text = write(STRONGSWAN, DYNAMIC, ike)
    blocks = conns(text)
    assert list(blocks) == ["Tunnel1", "Tunnel2"]
    for tunnel in DYNAMIC.tunnels:
        assert blocks[f"Tunnel{tunnel.number}"] == {
            "auto": "start",
            "left": "%defaultroute",
            "leftid": "198.51.100.7",
            "right": str(tunnel.outside_address),
            "rightid": str(tunnel.outside_address),
            "type": "tunnel",
            "leftauth": "psk",
            "rightauth": "psk",
            "keyexchange": ike,
            "ike": "aes128-sha1-modp1024!",
            "ikelifetime": "28800s",
            "esp": "aes128-sha1-modp1024!",
            "lifetime": "3600s",
            "margintime": "540s",
            "rekeyfuzz": "100%",
            "keyingtries": "%forever",
            "leftsubnet": "0.0.0.0/0",
            "rightsubnet": "0.0.0.0/0",
            "dpddelay": "10s",
            "dpdtimeout": "30s",
            "dpdaction": "restart",
            "closeaction": "restart",
            "mobike": "no",
            "reauth": "no",
            "mark": f"{tunnel.number}00",
        }
        secret = f'198.51.100.7 {tunnel.outside_address} : PSK "{tunnel.psk}"'
        assert secret in text.splitlines()


STARTER_KEYWORDS = """
auto left leftid right rightid type leftauth rightauth keyexchange ike ikelifetime esp lifetime
margintime rekeyfuzz keyingtries leftsubnet rightsubnet dpddelay dpdtimeout dpdaction closeaction
mobike reauth mark
"""
"Those in use here. strongSwan's starter warns of others (if_id_in!) and goes on without them."


def test_ipsec_conf_has_words_that_the_starter_knows():
    for facts in (DYNAMIC, STATIC, choosing(NARROW)):
        for block in conns(write(STRONGSWAN, facts)).values():
            assert set(block) == set(STARTER_KEYWORDS.split())


def test_each_interface_is_tied_to_its_policies_by_its_mark():
    text = write(STRONGSWAN, DYNAMIC)
    pattern = r"^ip link add (\w+) type vti local 0\.0\.0\.0 remote (\S+) key (\d+)$"
    links = re.findall(pattern, text, re.MULTILINE)
    marks = [(name, one["right"], one["mark"]) for name, one in conns(text).items()]
    assert links == marks


def test_local_and_remote_networks_are_the_selectors():
    facts = replace(
        DYNAMIC, local_cidr=IPv4Network("192.168.0.0/16"), remote_cidr=IPv4Network("10.0.0.0/8")
    )
    for block in conns(write(STRONGSWAN, facts)).values():
        assert (block["leftsubnet"], block["rightsubnet"]) == ("192.168.0.0/16", "10.0.0.0/8")


def test_bird_is_configured_for_both_sessions():
    text = bird(write(STRONGSWAN, DYNAMIC))
    sessions = re.findall(
        r"^protocol bgp tunnel(\d) \{\n  local (\S+) as (\d+);\n  neighbor (\S+) as (\d+);\n"
        r"  hold time 30;\n  keepalive time 10;",
        text,
        re.MULTILINE,
    )
    assert sessions == [
        ("1", "169.254.10.2", "65010", "169.254.10.1", "64999"),
        ("2", "169.254.10.6", "65010", "169.254.10.5", "64999"),
    ]


@pytest.mark.skipif(shutil.which("bird") is None, reason="BIRD is not installed")
def test_bird_accepts_its_configuration(tmp_path):
    file = tmp_path / "bird.conf"
    file.write_text(bird(write(STRONGSWAN, DYNAMIC)).replace(LOCAL_NETWORK, "192.168.10.0/24"))
    done = subprocess.run(["bird", "-p", "-c", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_is_one_place_for_the_local_network():
    assert write(STRONGSWAN, DYNAMIC).count(LOCAL_NETWORK) == 1
    assert LOCAL_NETWORK not in write(STRONGSWAN, STATIC)


def test_static_routing_has_two_routes_and_no_bgp():
    text = write(STRONGSWAN, STATIC)
    assert bird(text) is None
    assert [line for line in text.splitlines() if line.startswith("ip route")] == [
        "ip route add 10.0.0.0/16 via 169.254.10.1 dev Tunnel1 metric 100",
        "ip route add 10.0.0.0/16 via 169.254.10.5 dev Tunnel2 metric 200",
    ]
    unattached = write(STRONGSWAN, replace(STATIC, vpc_cidr=None))
    assert "ip route add <VPC NETWORK> via 169.254.10.1" in unattached


def labels(text):
    """Read the generic file's `- Name : value` lines of tunnel 1, and those of tunnel 2."""
    return [
        re.findall(r"^  - (.+?) *: (.*)$", section, re.MULTILINE) for section in sections(text)[1:]
    ]


@pytest.mark.parametrize("ike", ["ikev1", "ikev2"])
def test_the_generic_files_labels(ike):
    for tunnel, found in zip(DYNAMIC.tunnels, labels(write(GENERIC, DYNAMIC, ike)), strict=True):
        mode = [("Phase 1 Negotiation Mode", "main")] if ike == "ikev1" else []
        assert found == [
            ("IKE version", {"ikev1": "IKEv1", "ikev2": "IKEv2"}[ike]),
            ("Authentication Method", "Pre-Shared Key"),
            ("Pre-Shared Key", tunnel.psk),
            ("Authentication Algorithm", "SHA1"),
            ("Encryption Algorithm", "AES128"),
            ("Lifetime", "28800 seconds"),
            *mode,
            ("Diffie-Hellman", "Group 2"),
            ("Protocol", "esp"),
            ("Authentication Algorithm", "SHA1"),
            ("Encryption Algorithm", "AES128"),
            ("Lifetime", "3600 seconds"),
            ("Mode", "tunnel"),
            ("Perfect Forward Secrecy", "Diffie-Hellman Group 2"),
            ("DPD Interval", "10"),
            ("DPD Retries", "3"),
            ("TCP MSS Adjustment", "1382 bytes"),
            ("Clear Don't Fragment Bit", "enabled"),
            ("Fragmentation", "Before encryption"),
            ("Customer Gateway", "198.51.100.7"),
            ("Virtual Private Gateway", str(tunnel.outside_address)),
            ("Customer Gateway", f"{tunnel.customer_inside_address}/30"),
            ("Virtual Private Gateway", f"{tunnel.our_inside_address}/30"),
            ("Tunnel interface MTU", "1422 bytes"),
            ("Customer Gateway ASN", "65010"),
            ("Virtual Private Gateway ASN", "64999"),
            ("Neighbor IP Address", str(tunnel.our_inside_address)),
            ("Neighbor Hold Time", "30"),
        ]


def every_option() -> Iterator[dict[str, object]]:
    yield NARROW
    for cipher in ENCRYPTION:
        yield {"Phase1EncryptionAlgorithms": [cipher], "Phase2EncryptionAlgorithms": [cipher]}
    for integrity in INTEGRITY:
        yield {"Phase1IntegrityAlgorithms": [integrity], "Phase2IntegrityAlgorithms": [integrity]}
    for group in DH_GROUPS:
        chosen: dict[str, object] = {"Phase2DHGroupNumbers": [group]}
        yield chosen if group == 5 else chosen | {"Phase1DHGroupNumbers": [group]}
    for version in ("ikev1", "ikev2"):
        yield {"IKEVersions": [version]}


@pytest.mark.parametrize("sample", BOTH)
@pytest.mark.parametrize("chosen", list(every_option()), ids=str)
def test_a_suite_is_always_one_that_the_options_allow(chosen, sample):
    options = effective(chosen)
    for version in options.ike_versions:
        found = suite(options, version, sample)
        if found is None:
            assert version == "ikev1"
            continue
        for phase, number in ((found.phase1, 1), (found.phase2, 2)):
            assert phase.encryption in getattr(options, f"phase{number}_encryption_algorithms")
            assert phase.integrity in getattr(options, f"phase{number}_integrity_algorithms")
            assert phase.group in getattr(options, f"phase{number}_dh_group_numbers")


def test_suites_by_name():
    lowest, strongest = (suite(effective({}), "ikev2", one) for one in BOTH)
    assert lowest.phase1.proposal(ike=True) == "aes128-sha1-modp1024"
    assert lowest.phase2.proposal(ike=False) == "aes128-sha1-modp1024"
    assert strongest.phase1.proposal(ike=True) == "aes256gcm16-prfsha512-ecp384"
    assert strongest.phase2.proposal(ike=False) == "aes256gcm16-ecp384"
    assert (lowest.sizes.mtu, strongest.sizes.mtu) == (1422, 1438)
    narrow = suite(effective(NARROW), "ikev2", SampleType.COMPATIBILITY)
    assert narrow.phase1.proposal(ike=True) == "aes256-sha384-modp2048"
    assert narrow.phase2.proposal(ike=False) == "aes256-sha512-modp1536"
    assert narrow.sizes.mss_ipv4 == 1366


def test_ike_versions_that_both_tunnels_can_use():
    gcm = {"Phase1EncryptionAlgorithms": ["AES128-GCM-16"]}
    for facts, versions in (
        (DYNAMIC, ("ikev1", "ikev2")),
        (choosing({}, {"IKEVersions": ["ikev1"]}), ("ikev1",)),
        (choosing({"IKEVersions": ["ikev2"]}, {"IKEVersions": ["ikev1"]}), ()),
        (choosing({}, gcm), ("ikev2",)),
    ):
        assert ike_versions(STRONGSWAN, facts) == versions
        for version in {"ikev1", "ikev2"} - set(versions):
            with pytest.raises(ValueError, match=version):
                write(STRONGSWAN, facts, version)


@pytest.mark.parametrize("device", [GENERIC, STRONGSWAN], ids=lambda device: device.vendor)
def test_nothing_ends_a_line_but_the_template(device):
    with pytest.raises(UnsafeTextError):
        write(device, replace(DYNAMIC, vpn_gateway_id="vgw-1\ninclude /etc/passwd"))


@pytest.mark.parametrize(
    "psk", ['abcdefgh" 0s', "abcdefgh\nconn x", "short", "0bcdefghi", "a b c d e"]
)
def test_a_key_beyond_the_guides_alphabet_is_no_fact(psk):
    with pytest.raises(OptionError) as refusal:
        replace(FIRST, psk=psk)
    assert psk not in str(refusal.value)
