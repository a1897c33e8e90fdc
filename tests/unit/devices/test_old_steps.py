"""The grammar of steps on screens refuses what the device's screens lack."""

import pytest

from unit.devices.grammars.old_steps import parse

SCREENS = {"VPN > Add": ("Name", "Lifetime"), "VPN > Peers": ("Name",)}
GOOD = "1. VPN > Add. Then choose\n   OK.\n   - Name: a\n2. VPN > Peers.\n   - Name: b\n"


def test_it_reads_what_is_filled_in():
    steps = parse(f"#2: IPSec\n\n{GOOD}\nA paragraph.\n", SCREENS)
    assert steps.value("VPN > Add", "Name") == "a"
    assert steps.value("VPN > Peers", "Name") == "b"
    assert steps.steps[0].text == "VPN > Add. Then choose OK."
    assert not steps.has("VPN > Add", "Lifetime")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2. VPN > Add.\n", id="not the first step"),
        pytest.param("1. VPN > Add.\n3. VPN > Peers.\n", id="a step is missing"),
        pytest.param("1. VPN > Add.\n   - Colour: red\n", id="a field of no screen"),
        pytest.param("1. VPN > Peers.\n   - Lifetime: 1\n", id="a field of another screen"),
        pytest.param("1. VPN > Ad.\n   - Name: a\n", id="no such screen"),
        pytest.param("1. VPN > Ad.\n", id="no such screen, without fields"),
        pytest.param("1. VPN > Add.\n   - Lifetime: 2\n", id="no choice"),
        pytest.param("#1: Text\n", id="no such heading"),
        pytest.param("1. VPN > Add.\n   - Name: a\n   - Name: b\n", id="twice"),
        pytest.param("1. VPN > Add.\n   - Name a\n", id="no colon"),
        pytest.param("1. VPN > Add.\n   - Name:\n", id="no value"),
        pytest.param("1. VPN > Add.\n  - Name: a\n", id="not indented as fields are"),
        pytest.param("   - Name: a\n", id="no step"),
        pytest.param("1. VPN > Add.\n   - Name: a\n   and more\n", id="text after fields"),
        pytest.param("! text\n", id="not a paragraph"),
    ],
)
def test_it_refuses(text):
    with pytest.raises((AssertionError, KeyError)):
        parse(text, SCREENS, {"Lifetime": ("1",)})


def test_what_is_filled_in_twice_has_no_value():
    steps = parse("1. VPN > Add.\n   - Name: a\n2. VPN > Add.\n   - Name: b\n", SCREENS)
    with pytest.raises(AssertionError, match="2 times"):
        steps.value("VPN > Add", "Name")
