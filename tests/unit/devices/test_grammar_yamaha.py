"""The grammar of Yamaha's routers refuses what they refuse."""

import pytest

from unit.devices.cases import CASES
from unit.devices.grammars.yamaha import YamahaError, parse
from unit.devices.readers.yamaha import read

GIVEN = """
tunnel select 1
ipsec tunnel 201
tunnel enable 1
tunnel select none
ipsec ike hash 1 sha
"""


def test_it_reads_commands_by_tunnel_and_by_gateway():
    router = parse(GIVEN)
    assert router.tunnels == {"1": {"policy": "201", "enable": "1"}}
    assert router.gateways == {"1": {"hash": "sha"}}


@pytest.mark.parametrize(
    "line",
    [
        "ip tunnel mtu 1400",
        "tunnel select 1",
        "ipsec ike hash 1 sha256",
        "ipsec ike hash 2 sha512",
        "ipsec ike encryption 1 aes128-cbc",
        "ipsec ike group 1 modp4096",
        "ipsec ike group 1 modp1024 modp1536 modp2048",
        "ipsec ike keepalive use 1 on dpd",
        "ipsec sa policy 201 1 esp aes-cbc sha",
        "ipsec ike local name 1 198.51.100.7",
        "bgp neighbour 1 64512 10.0.0.1 hold-time=30 local-address=10.0.0.2",
        "bgp import 64512 connected filter 1",
        "ip route 10.0.0.0/16 tunnel 1",
    ],
)
def test_it_refuses(line):
    with pytest.raises(YamahaError):
        parse(f"{GIVEN}{line}\n")


def test_a_command_for_a_tunnel_belongs_between_its_selection_and_the_next():
    (case,) = [one for one in CASES if str(one) == "yamaha/rtx-routers-rev-10-01-16-dynamic-ikev1"]
    with pytest.raises(YamahaError, match="not in its tunnel"):
        read(case.text.replace("tunnel select 2\n", "tunnel select none\n"))
