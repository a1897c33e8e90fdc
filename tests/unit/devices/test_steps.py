"""The grammar of numbered steps refuses what the screens do not have."""

import pytest

from unit.devices.grammars.steps import ADDRESS, COMMANDS, NUMBER, PROSE, Screens, in_comments

SCREENS = Screens(
    pages={
        "VPN > Tunnels > Add": {"Gateway": ADDRESS, "Mode": ("main", "quick"), "Peer": ADDRESS},
        "VPN > Tunnels > * > Edit": ("MTU", "Note"),
        "VPN > Status": (),
        "Command line": (COMMANDS,),
        PROSE: ("Local",),
    },
    values={"MTU": NUMBER},
    several=("Peer",),
)
TEXT = """\
#1: Internet Key Exchange

1. VPN > Tunnels > Add. Then choose
   OK.
   - Gateway: 192.0.2.1
   - Peer: 192.0.2.2
   - Peer: fd00::2

Save. The networks are:
   - Local: 10.0.0.0/8

#2: IPSec


2. VPN > Tunnels > vpn-1 > Edit.
   - MTU: 1400
   - Note: 1400: not more

3. Command line. For all tunnels:

     set mtu
       1400

4. VPN > Status. The light is green.
"""


def test_it_reads_steps():
    found = SCREENS.parse(TEXT)
    add = found.only("VPN > Tunnels > Add")
    assert (add["Gateway"], add.text) == ("192.0.2.1", "Then choose OK.")
    assert add.fields["Peer"] == ["192.0.2.2", "fd00::2"]
    assert (add.get("Mode"), found.has("VPN > Tunnels > Add", "Mode")) == (None, False)
    assert found.only("VPN > Tunnels > * > Edit").about == "vpn-1"
    assert found.number("VPN > Tunnels > * > Edit", "MTU") == 1400
    assert found.value("VPN > Tunnels > * > Edit", "Note") == "1400: not more"
    assert found.value("Command line", COMMANDS) == "set mtu\n  1400"
    assert found.value(PROSE, "Local") == "10.0.0.0/8"


def test_it_reads_them_in_comments():
    text = "".join(f"# {line}".rstrip() + "\n" for line in TEXT.splitlines())
    assert SCREENS.parse(in_comments(text, "# ")) == SCREENS.parse(TEXT)
    assert in_comments("# one\nset mtu\n# two", "# ") == "one\n\ntwo\n"


@pytest.mark.parametrize(
    ("was", "written"),
    [
        pytest.param("2. VPN", "3. VPN", id="a step is missing"),
        pytest.param("1. VPN", "2. VPN", id="not the first step"),
        pytest.param("2. VPN", "1. VPN", id="it does not count from 1 below a heading"),
        pytest.param("Tunnels > Add", "Tunels > Add", id="no such page"),
        pytest.param("vpn-1 > Edit", "vpn-1 > Delete", id="no such page of a name"),
        pytest.param("> vpn-1 >", "> vpn 1 >", id="no name"),
        pytest.param("> vpn-1 > Edit.", "> vpn-1 > Edit:", id="no full stop"),
        pytest.param("OK.", "OK", id="no end"),
        pytest.param("   OK.", "  OK.", id="not indented as a step's text is"),
        pytest.param("   OK.\n", "   OK.\n\n", id="fields under nothing"),
        pytest.param("- Gateway", "- Mtu", id="no such field"),
        pytest.param("- Gateway", "- MTU", id="a field of another page"),
        pytest.param("192.0.2.1", "here", id="not what it takes"),
        pytest.param("MTU: 1400", "MTU: 1.4", id="not what it takes on each page"),
        pytest.param("Gateway: 192.0.2.1", "Mode: aggressive", id="not in its list"),
        pytest.param("- Note: 1400", "- MTU: 1400\n   - MTU", id="set twice"),
        pytest.param("   - MTU", "  - MTU", id="not indented as fields are"),
        pytest.param("MTU: ", "MTU ", id="no colon"),
        pytest.param("MTU: 1400", "MTU:", id="no value"),
        pytest.param("not more\n", "not more\n   and more\n", id="text after fields"),
        pytest.param("not more\n\n", "not more\n", id="no empty line before a step"),
        pytest.param("Save. The", "4. The", id="no prose"),
        pytest.param("Save. The", "! The", id="prose is no comment"),
        pytest.param("Save. The networks are:\n", "Save.\n2. Add.\n", id="no step within prose"),
        pytest.param("- Local", "- Remote", id="no such field under prose"),
        pytest.param("#2: IPSec", "#5: More", id="no such heading"),
        pytest.param("#2: IPSec", "#1: Internet Key Exchange", id="headings out of order"),
        pytest.param("#2: IPSec", "#2: IPSec\nText.", id="text in a heading"),
        pytest.param("     set mtu", "    set mtu", id="not indented as commands are"),
        pytest.param("3. Command line. For all tunnels:", "Text.", id="commands of no step"),
        pytest.param("For all tunnels:", "For all tunnels:\n   - Local: 1", id="no field there"),
        pytest.param("Command line. For", "VPN > Status. For", id="no commands there"),
        pytest.param("     set mtu\n       1400\n\n", "", id="no commands where they must be"),
        pytest.param("   - MTU: 1400\n   - Note: 1400: not more\n", "", id="nothing is set"),
        pytest.param(" The light is green.", "", id="what to do there"),
    ],
)
def test_it_refuses(was, written):
    assert was in TEXT
    with pytest.raises(AssertionError):
        SCREENS.parse(TEXT.replace(was, written, 1))


def test_it_refuses_fields_under_prose_unless_the_screens_have_them():
    with pytest.raises(AssertionError):
        Screens(pages={}).parse("Save. The networks are:\n   - Local: 10.0.0.0/8\n")


def test_what_is_filled_in_twice_has_no_value():
    found = SCREENS.parse("1. VPN > Tunnels > Add.\n   - Mode: main\n\n"
                          "2. VPN > Tunnels > Add.\n   - Mode: quick\n")  # fmt: skip
    with pytest.raises(AssertionError, match="2 times"):
        found.value("VPN > Tunnels > Add", "Mode")
    with pytest.raises(AssertionError, match="2 steps"):
        found.only("VPN > Tunnels > Add")
