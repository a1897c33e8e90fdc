"""Tunnel options: defaults, limits and what goes together (guide, "Tunnel options")."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.vpn import algorithms
from landbridge.vpn.tunnel_options import (
    ATTRIBUTES,
    OPTIONS,
    Number,
    OptionError,
    Selection,
    TunnelOptions,
    check_psk,
    effective,
)

GUIDE_DEFAULTS = {
    "DPDTimeoutSeconds": 30,
    "DPDTimeoutAction": "clear",
    "IKEVersions": ("ikev1", "ikev2"),
    "Phase1DHGroupNumbers": (2, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24),
    "Phase2DHGroupNumbers": (2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24),
    "Phase1EncryptionAlgorithms": ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"),
    "Phase2EncryptionAlgorithms": ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"),
    "Phase1IntegrityAlgorithms": ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512"),
    "Phase2IntegrityAlgorithms": ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512"),
    "Phase1LifetimeSeconds": 28_800,
    "Phase2LifetimeSeconds": 3_600,
    "RekeyFuzzPercentage": 100,
    "RekeyMarginTimeSeconds": 540,
    "ReplayWindowSize": 1_024,
    "StartupAction": "add",
}


def test_the_defaults_are_the_guides():
    assert effective({}) == TunnelOptions()
    assert {
        name: getattr(TunnelOptions(), attribute) for name, attribute in ATTRIBUTES.items()
    } == GUIDE_DEFAULTS


def test_every_option_has_an_attribute():
    assert set(ATTRIBUTES.values()) == {one.name for one in fields(TunnelOptions)}


@pytest.mark.parametrize(
    "option",
    [one for one in OPTIONS.values() if isinstance(one, Number)],
    ids=lambda option: option.name,
)
def test_numbers_are_held_to_their_limits(option):
    option.check(option.minimum)
    with pytest.raises(OptionError, match=option.name):
        option.check(option.minimum - 1)
    if option.maximum is not None:
        option.check(option.maximum)
        with pytest.raises(OptionError, match=str(option.maximum)):
            option.check(option.maximum + 1)


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ({"RekeyMarginTimeSeconds": 451, "Phase2LifetimeSeconds": 900}, "RekeyMarginTimeSeconds"),
        ({"Phase1LifetimeSeconds": 900, "Phase2LifetimeSeconds": 900,
          "RekeyMarginTimeSeconds": 60}, "Phase2LifetimeSeconds"),
        ({"StartupAction": "start", "IKEVersions": ["ikev1"]}, "StartupAction"),
        ({"DPDTimeoutAction": "reboot"}, "DPDTimeoutAction"),
        ({"IKEVersions": ["ikev3"]}, "IKEVersions"),
        ({"Phase1DHGroupNumbers": [5]}, "Phase1DHGroupNumbers"),
        ({"Phase1EncryptionAlgorithms": ["AES128", "AES128"]}, "Phase1EncryptionAlgorithms"),
        ({"Phase1EncryptionAlgorithms": ["3DES"]}, "Phase1EncryptionAlgorithms"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(chosen, name):
    with pytest.raises(OptionError) as refused:
        effective(chosen)
    assert refused.value.name == name


@given(st.lists(st.sampled_from(algorithms.PHASE1_DH_GROUPS), unique=True, min_size=1))
def test_selections_are_put_into_the_order_of_evaluation(groups):
    assert effective({"Phase1DHGroupNumbers": groups}).phase1_dh_group_numbers == tuple(
        sorted(groups)
    )


def test_every_selection_takes_each_of_its_members_alone():
    for option in OPTIONS.values():
        if isinstance(option, Selection):
            for value in option.values:
                effective({option.name: [value]})


@pytest.mark.parametrize("psk", ["abcdefgh", "A" * 64, "._._._._", "1bcdefgh"])
def test_good_keys(psk):
    check_psk(psk)


@pytest.mark.parametrize(
    "psk", ["abcdefg", "A" * 65, "0abcdefgh", "abc-defgh", "abcdefgh\n", "äbcdefgh", ""]
)
def test_bad_keys_are_refused_without_being_shown(psk):
    with pytest.raises(OptionError) as refused:
        check_psk(psk)
    assert not psk or psk not in str(refused.value)
