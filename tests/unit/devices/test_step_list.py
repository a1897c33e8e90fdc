"""The reader of step lists refuses screens and fields that it does not know."""

import pytest

from unit.devices.grammars.step_list import only, steps

SCREENS = {"VPN > Tunnels": "Name\nAddress", "Routing": "Next hop"}
TEXT = """
#1: Tunnel

1. Go to VPN > Tunnels. Choose Create New,
   and enter:
     Name                     : vpn-1

2. Under More:
     Address                  : 203.0.113.2

     show tunnels
       all

3. Go to Routing. Enter:
     Next hop                 : fd00::1
"""


def test_it_reads_fields_and_commands():
    first, second, third = steps(TEXT, SCREENS)
    assert first.fields == {"Name": "vpn-1"}
    assert second.screen == "VPN > Tunnels"
    assert second.commands == "show tunnels\n  all"
    assert third["Next hop"] == "fd00::1"
    assert only([first, second, third], "Address") is second


@pytest.mark.parametrize(
    ("was", "written"),
    [
        ("Go to Routing", "Go to Routes"),
        ("Next hop ", "Next "),
        ("Address ", "Name : vpn-2\n     Name "),
        ("2. ", "4. "),
    ],
)
def test_it_refuses(was, written):
    with pytest.raises(ValueError, match=r"no such|is number"):
        steps(TEXT.replace(was, written), SCREENS)
