"""The ScreenOS grammar refuses what ScreenOS refuses."""

import pytest

from unit.devices.grammars.screenos import ScreenOsError, parse

GIVEN = """
set ike p1-proposal p preshare group2 esp aes128 sha-1 second 28800
set ike p2-proposal q group2 esp aes128 sha-1 second 3600
set ike gateway g address 10.0.0.1 id 10.0.0.1 main local-id 10.0.0.2 outgoing-interface ethernet0/0 preshare "k" proposal p
set vpn v gateway g replay tunnel proposal q
set interface tunnel.1 zone Trust
set vrouter trust-vr protocol bgp 65000
"""  # noqa: E501


def test_it_reads_commands():
    last = parse(GIVEN + "# a comment\nset interface tunnel.1 mtu 1400\n", 6.3)[-1]
    assert (last.form, last.values) == ("set interface TUNNEL mtu MTU", ("tunnel.1", "1400"))


@pytest.mark.parametrize(
    "line",
    [
        "set ike p1-proposal x preshare group20 esp aes128 sha-1 second 28800",
        "set ike p1-proposal x preshare group2 esp aes-128 sha-1 second 28800",
        "set ike p2-proposal x group2 esp aes128 sha-1 seconds 3600",
        "set ike gateway g dpd-liveness interval 2",
        "set ike gateway other dpd-liveness interval 10",
        "set vpn w gateway other replay tunnel proposal q",
        "set vpn w gateway g replay tunnel proposal p9",
        "set vpn w bind interface tunnel.1",
        "set vpn v df-bit keep",
        "set vpn v gateway g replay tunnel proposal q",
        "set interface tunnel.2 mtu 1400",
        "set interface tunnel.1 mtu 9000",
        "set vrouter trust-vr protocol bgp 70000",
        "set vrouter trust-vr protocol bgp neighbor 10.0.0.1 remote-as 4200000000",
        "set vrouter untrust-vr protocol bgp enable",
        "set security ike proposal p dh-group group2",
        "get sa",
    ],
)
def test_it_refuses(line):
    with pytest.raises(ScreenOsError):
        parse(f"{GIVEN}{line}\n", 6.3)


def test_release_6_1_has_no_mtu_of_tunnel_interfaces():
    with pytest.raises(ScreenOsError):
        parse(GIVEN + "set interface tunnel.1 mtu 1400\n", 6.1)
