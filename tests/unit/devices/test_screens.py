"""The grammar of numbered steps refuses what the screens do not have."""

import pytest

from unit.devices.grammars.screens import ADDRESS, NUMBER, Page, only, read

PAGES = (
    Page(name="VPN > Tunnels, Add", fields={"Gateway": ADDRESS, "Mode": ("main", "quick")}),
    Page(name=r"VPN > Tunnels, edit (\w+)", fields={"MTU": NUMBER}),
    Page(name="System > Packages"),
)


def test_it_reads_steps():
    found = read(
        "#1: Internet Key Exchange\n"
        "1. VPN > Tunnels, Add:\n   - Gateway: 192.0.2.1\n   - Mode: main\n\n"
        "Save. Then:\n\n"
        "2. VPN > Tunnels, edit one:\n   - MTU: 1400\n"
        "3. System > Packages: install frr.\n",
        PAGES,
    )
    assert only(found, "VPN > Tunnels, Add")["Gateway"] == "192.0.2.1"
    assert only(found, r"VPN > Tunnels, edit (\w+)").about == "one"


@pytest.mark.parametrize(
    "text",
    [
        "1. VPN > Tunels, Add:\n   - Mode: main\n",
        "1. VPN > Tunnels, Add:\n   - Mod: main\n",
        "1. VPN > Tunnels, Add:\n   - Mode: aggressive\n",
        "1. VPN > Tunnels, Add:\n   - Gateway: here\n",
        "1. VPN > Tunnels, Add:\n   - Mode: main\n   - Mode: main\n",
        "1. VPN > Tunnels, Add:\n  - Mode: main\n",
        "1. VPN > Tunnels, Add:\n",
        "1. VPN > Tunnels, Add:\n\nProse.\n   - Mode: main\n",
        "2. VPN > Tunnels, Add:\n   - Mode: main\n",
        "1. System > Packages:\n",
        "   - Mode: main\n",
        "#5: More\n",
    ],
)
def test_it_refuses(text):
    with pytest.raises(AssertionError):
        read(text, PAGES)
