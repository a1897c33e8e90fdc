"""The grammar of PAN-OS refuses what the device would refuse."""

import pytest

from unit.devices.grammars import panos

TEXT = """
# a comment
set network ike gateway vpn-1 protocol ikev1 dpd interval 10 retry 3
set network ike gateway vpn-1 peer-address ip 203.0.113.2
set network virtual-router default interface tunnel.1
set network virtual-router default interface [ tunnel.2 tunnel.3 ]
set zone vpn network layer3 tunnel.1
"""


def test_it_reads_paths_with_their_values():
    network = panos.parse(TEXT, "4.1.2")["network"]
    gateway = network["ike"]["gateway"]["vpn-1"]
    assert gateway["protocol"]["ikev1"]["dpd"] == {"interval": "10", "retry": "3"}
    assert network["virtual-router"]["default"]["interface"] == [
        "tunnel.1", "tunnel.2", "tunnel.3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("was", "written"),
    [
        ("gateway", "gateways"),
        ("interval 10", "interval often"),
        ("retry 3", "count 3"),
        ("retry 3", "retry"),
        ("203.0.113.2", "203.0.113.2/32"),
        ("peer-address ip 203.0.113.2", "protocol ikev1 dpd retry 5"),
        ("set zone vpn ", "set zone vpn-0a1b2c3d4e5f60718 "),
        ("set zone", "zone"),
        ("tunnel.3 ]", "tunnel3 ]"),
        ("# a comment", "! a comment"),
        ("gateway vpn-1 ", "gateway a-name-of-more-than-thirty-one-letters "),
    ],
)
def test_it_refuses(was, written):
    assert was in TEXT
    with pytest.raises(ValueError, match=r"no |set twice"):
        panos.parse(TEXT.replace(was, written), "4.1.2")


@pytest.mark.parametrize(
    ("command", "versions"),
    [
        ("set network ike gateway a protocol version ikev2", {"7.0"}),
        ("set network ike gateway a protocol ikev2 dpd interval 10", {"7.0"}),
        ("set network ike gateway a protocol ikev2 dpd retry 3", set()),
        ("set network ike crypto-profiles ike-crypto-profiles a encryption aes128", {"4.1.2"}),
        ("set network ike crypto-profiles ike-crypto-profiles a encryption aes-128-cbc", {"7.0"}),
        ("set network ike crypto-profiles ike-crypto-profiles a encryption aes-128-gcm", set()),
        ("set network ike crypto-profiles ipsec-crypto-profiles a dh-group group20", {"7.0"}),
    ],
)
def test_a_version_has_what_it_has(command, versions):
    for version in panos.VERSIONS:
        if version in versions:
            panos.parse(command, version)
        else:
            with pytest.raises(ValueError, match="no "):
                panos.parse(command, version)
