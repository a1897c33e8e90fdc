"""The grammar of FortiOS refuses what the device would refuse."""

import pytest

from unit.devices.grammars import fortios

PEER = """
# a comment
config user peer
    edit "vpn-0a1b2c3d"
        set ca "<CA CERTIFICATE>"
    next
end
"""
ROUTE = """
config router static
    edit 0
        set dst 10.0.0.0 255.255.0.0
        set device "vpn-0a1b2c3d-1"
    next
end
"""
PHASE1 = """
config vpn ipsec phase1-interface
    edit "vpn-0a1b2c3d-1"
        set interface "wan1"
        set remote-gw 203.0.113.2
        set proposal aes128-sha1
        set dhgrp 14
    next
end
"""


def test_it_reads_tables_entries_and_values():
    parsed = fortios.parse(PEER + ROUTE, "7.0")
    assert parsed.one("user peer")["ca"] == "<CA CERTIFICATE>"
    assert parsed.one("router static")["device"] == "vpn-0a1b2c3d-1"


@pytest.mark.parametrize(
    ("text", "was", "written"),
    [
        (PEER, "config user peer", "config user peers"),
        (PEER, "set ca", "set cacert"),
        (PEER, '        set ca "<CA CERTIFICATE>"\n', ""),
        (PEER, "    next\n", ""),
        (PEER, "end", ""),
        (PEER, "end", "next"),
        (PEER, "# a comment", "! a comment"),
        (ROUTE, "edit 0", 'edit "first"'),
        (ROUTE, "255.255.0.0", ""),
        (ROUTE, "10.0.0.0 255.255.0.0", "2001:db8::/32"),
        (ROUTE, "vpn-0a1b2c3d-1", "vpn-0a1b2c3d4e5f60718-1"),
        (ROUTE, '        set device "vpn-0a1b2c3d-1"\n', "        set dst 0.0.0.0 0.0.0.0\n"),
        (PHASE1, "vpn-0a1b2c3d-1", "vpn-0a1b2c3d4e5f60718-1"),
        (PHASE1, "aes128-sha1", "aes128gcm"),
        (PHASE1, "dhgrp 14", "dhgrp 24"),
    ],
)
def test_it_refuses(text, was, written):
    assert was in text
    fortios.parse(text, "7.0")
    with pytest.raises(ValueError, match=r"no |lacks|does not end"):
        fortios.parse(text.replace(was, written), "7.0")


@pytest.mark.parametrize(
    ("command", "since"),
    [
        ("set ike-version 1", "5.0"),
        ("set dpd on-idle", "7.0"),
        ("set localid-type address", "7.0"),
        ("set ip-fragmentation pre-encapsulation", "7.0"),
    ],
)
def test_a_version_has_what_it_has(command, since):
    text = PHASE1.replace("set dhgrp 14", command)
    for version in fortios.VERSIONS:
        if version >= since:
            fortios.parse(text, version)
        else:
            with pytest.raises(ValueError, match="no "):
                fortios.parse(text, version)
