"""Which algorithms a file recommends."""

from dataclasses import replace

import pytest

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.device import Vocabulary, Words
from landbridge.devices.render import ImpossibleError, UnsafeTextError, ike_versions, render
from landbridge.devices.suite import SampleType, suite
from landbridge.vpn.algorithms import DH_GROUPS, ENCRYPTION, INTEGRITY
from landbridge.vpn.tunnel_options import OptionError, effective
from unit.devices.facts import DYNAMIC, FIRST, NARROW, choosing, with_certificates, with_ipv6

LOWEST, STRONGEST = BOTH = SampleType.COMPATIBILITY, SampleType.RECOMMENDED
STRONGSWAN = DEVICES["51cb26fd"]
WORDS = STRONGSWAN.ike["ikev2"]
OLD = Words(encryption={"AES128": "aes"}, integrity={"SHA1": "sha"}, groups={2: "2", 5: "5"})
OLD_DEVICE = replace(
    STRONGSWAN,
    ike={"ikev1": Vocabulary(phase1=OLD, phase2=OLD)},
    bgp=False,
    certificates=False,
    ipv6=False,
)


def write(device, facts, ike="ikev2"):
    return render(device, facts, ike_version=ike, sample_type=LOWEST)


def proposals(found):
    return [(one.encryption, one.integrity, one.group) for one in (found.phase1, found.phase2)]


def every_option():
    yield {}
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
        found = suite(options, version, sample, WORDS)
        if found is None:
            assert version == "ikev1"
            continue
        for phase, number in ((found.phase1, 1), (found.phase2, 2)):
            algorithms = phase.algorithms
            hashes = getattr(options, f"phase{number}_integrity_algorithms")
            assert algorithms.encryption in getattr(options, f"phase{number}_encryption_algorithms")
            assert algorithms.integrity in (hashes if number == 1 or not phase.aead else [None])
            assert algorithms.group in getattr(options, f"phase{number}_dh_group_numbers")


def test_suites_by_name():
    lowest, strongest = (suite(effective({}), "ikev2", one, WORDS) for one in BOTH)
    assert proposals(lowest) == [("aes128", "sha1", "modp1024")] * 2
    assert proposals(strongest) == [
        ("aes256gcm16", "sha512", "ecp384"),
        ("aes256gcm16", "", "ecp384"),
    ]
    assert (lowest.sizes.mtu, strongest.sizes.mtu) == (1422, 1438)
    narrow = suite(effective(NARROW), "ikev2", LOWEST, WORDS)
    assert proposals(narrow) == [
        ("aes256", "sha384", "modp2048"),
        ("aes256", "sha512", "modp1536"),
    ]
    assert narrow.sizes.mss_ipv4 == 1366


def test_a_device_is_recommended_the_strongest_that_it_has():
    some = replace(
        OLD,
        encryption={"AES128": "aes", "AES256": "aes256"},
        groups={2: "group2", 14: "group14"},
    )
    words = Vocabulary(phase1=some, phase2=some)
    assert (
        proposals(suite(effective({}), "ikev2", STRONGEST, words))
        == [("aes256", "sha", "group14")] * 2
    )


def test_a_device_without_a_hash_that_the_options_allow_takes_the_cipher_that_needs_none():
    gcm = replace(OLD, encryption=OLD.encryption | {"AES128-GCM-16": "gcm"})
    words = Vocabulary(phase1=OLD, phase2=gcm)
    only_sha2 = effective({"Phase2IntegrityAlgorithms": ["SHA2-256"]})
    assert proposals(suite(only_sha2, "ikev2", LOWEST, words))[1] == ("gcm", "", "2")
    assert suite(only_sha2, "ikev2", LOWEST, Vocabulary(phase1=OLD, phase2=OLD)) is None


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
            with pytest.raises(ImpossibleError, match=version):
                write(STRONGSWAN, facts, version)
    assert ike_versions(OLD_DEVICE, DYNAMIC) == ("ikev1",)
    assert ike_versions(OLD_DEVICE, choosing(NARROW)) == ()


@pytest.mark.parametrize(
    ("facts", "ike", "why"),
    [
        (DYNAMIC, "ikev1", "BGP"),
        (with_certificates(replace(DYNAMIC, static_routes_only=True)), "ikev1", "certificates"),
        (with_ipv6(replace(DYNAMIC, static_routes_only=True)), "ikev1", "IPv6"),
        (replace(DYNAMIC, static_routes_only=True), "ikev2", "ikev2"),
    ],
    ids=["bgp", "certificates", "ipv6", "ikev2"],
)
def test_what_a_device_lacks_is_refused(facts, ike, why):
    with pytest.raises(ImpossibleError, match=why):
        write(OLD_DEVICE, facts, ike)


@pytest.mark.parametrize("device", DEVICES.values(), ids=lambda one: one.id)
def test_nothing_ends_a_line_but_the_template(device):
    static = replace(DYNAMIC, static_routes_only=True)
    evil = replace(static, vpn_gateway_id="vgw-1\ninclude /etc/passwd")
    with pytest.raises(UnsafeTextError):
        write(device, evil, next(iter(device.ike)))


@pytest.mark.parametrize(
    "psk", ['abcdefgh" 0s', "abcdefgh\nconn x", "short", "0bcdefghi", "a b c d e"]
)
def test_a_key_beyond_the_guides_alphabet_is_no_fact(psk):
    with pytest.raises(OptionError) as refusal:
        replace(FIRST, psk=psk)
    assert psk not in str(refusal.value)
