"""The Junos grammar refuses what Junos refuses."""

import pytest

from unit.devices.grammars.junos import JunosError, parse

PROPOSAL = """
set security ike proposal p authentication-method pre-shared-keys
set security ike proposal p dh-group group2
"""


def test_it_reads_commands_into_a_tree():
    tree = parse(PROPOSAL + "# a comment\nset security ike policy q proposals p\n")
    assert tree.value("security", "ike", "proposal", "p", "dh-group") == "group2"
    assert tree.names("security", "ike") == ["proposal", "policy"]
    assert tree.under("security", "ike", "policy", "q") == [("proposals", "p")]


@pytest.mark.parametrize(
    "line",
    [
        "set security ike proposal p encryption-algorithm aes-129-cbc",
        "set security ike proposal p encryption-algorithm",
        "set security ike proposal p lifetime-seconds 100",
        "set security ike proposal p dh-group group17",
        "set security ike proposal p dh-group 2",
        "set security ike proposals p dh-group group2",
        "set security ike gateway g dead-peer-detection interval 5",
        "set security ike gateway g dead-peer-detection threshold 6",
        "set security ike gateway g address 203.0.113.256",
        "set security ike gateway g external-interface outside",
        "set security ipsec vpn v bind-interface tunnel.1",
        "set security ipsec vpn v ike proxy-identity local 10.0.0.1/8",
        "set security ipsec vpn v vpn-monitor destination-ip fd00::1",
        "set security ike policy a-name-of-more-than-thirty-two-letters mode main",
        "set security ike policy q pre-shared-key ascii-text unquoted",
        "set protocols bgp group g neighbor 10.0.0.1 hold-time 2",
        "set protocols bgp group g neighbor 10.0.0.1 peer-as 4294967296",
        "set interfaces st0 unit 1 family inet address 169.254.10.2",
        "set interfaces st0 unit 1 family inet mtu 9999",
        "set routing-options static route 10.0.0.0/16 qualified-next-hop st0.1",
        "sett security ike proposal p dh-group group2",
        "delete security ike proposal p",
        "set security ike proposal p dh-group group2",
    ],
)
def test_it_refuses(line):
    with pytest.raises(JunosError):
        parse(PROPOSAL + line + "\n")


@pytest.mark.parametrize(
    ("line", "since", "before"),
    [
        ("set security ike proposal p dh-group group14", "11.1", "10.4"),
        ("set security ike proposal p dh-group group20", "12.1", "11.4"),
        ("set security ike proposal p authentication-algorithm sha-384", "12.1", "11.4"),
        ("set security ike proposal p encryption-algorithm aes-256-gcm", "15.1", "12.1"),
    ],
)
def test_a_release_knows_its_own_words(line, since, before):
    text = f"set security ike proposal p authentication-method pre-shared-keys\n{line}\n"
    parse(text, since)
    with pytest.raises(JunosError):
        parse(text, before)


@pytest.mark.parametrize(
    "text",
    [
        "set security ike proposal p dh-group group2\n",
        "set security ike gateway g address 10.0.0.1\n",
        "set protocols bgp group g type external\n",
    ],
)
def test_a_commit_wants_more(text):
    with pytest.raises(JunosError, match="lacks"):
        parse(text)
