"""What endpoints offer, in strongSwan's words."""

from landbridge.network.plan import proposals
from landbridge.vpn.tunnel_options import TunnelOptions, effective


def test_ikev1_has_one_algorithm_of_each_kind_in_a_proposal():
    for one in proposals.ike(TunnelOptions(), "ikev1") + proposals.esp(TunnelOptions(), "ikev1"):
        assert 2 <= len(one.split("-")) <= 3


def test_the_lowest_comes_first():
    assert proposals.ike(TunnelOptions(), "ikev1")[0] == "aes128-sha1-modp1024"
    assert proposals.ike(TunnelOptions(), "ikev2")[0].startswith("aes128-aes256-sha1-sha256-")


def test_every_combination_is_there_for_ikev1():
    assert len(proposals.ike(TunnelOptions(), "ikev1")) == 2 * 4 * 12
    assert len(proposals.esp(TunnelOptions(), "ikev1")) == 2 * 4 * 13 + 2 * 13


def test_authenticating_ciphers_take_a_prf_in_phase_1_and_nothing_in_phase_2():
    gcm = effective(
        {
            "Phase1EncryptionAlgorithms": ["AES256-GCM-16"],
            "Phase2EncryptionAlgorithms": ["AES256-GCM-16"],
            "Phase1IntegrityAlgorithms": ["SHA2-384"],
            "Phase1DHGroupNumbers": [20],
            "Phase2DHGroupNumbers": [20],
        }
    )
    assert proposals.ike(gcm, "ikev2") == ["aes256gcm16-prfsha384-ecp384"]
    assert proposals.esp(gcm, "ikev2") == ["aes256gcm16-ecp384"]
    assert proposals.ike(gcm, "ikev1") == []


def test_only_what_was_chosen_is_offered():
    chosen = effective(
        {
            "Phase1EncryptionAlgorithms": ["AES256"],
            "Phase1IntegrityAlgorithms": ["SHA2-256"],
            "Phase1DHGroupNumbers": [14],
        }
    )
    assert proposals.ike(chosen, "ikev2") == ["aes256-sha256-modp2048"]
