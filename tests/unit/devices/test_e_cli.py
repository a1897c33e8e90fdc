"""The grammar of SonicWall's E-CLI refuses what the device would."""

import pytest

from unit.devices.grammars.e_cli import commands

GOOD = """
configure
vpn policy tunnel-interface vpn-1
gateway primary 203.0.113.2
auth-method shared-secret
shared-secret a_key
exit
proposal ike dh-group 14
commit
exit
exit
"""


def test_it_reads_commands_with_their_parameters():
    assert [one.values for one in commands(GOOD) if one.name == "secret"] == [("a_key",)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("shared-secret a_key\nexit", "shared-secret a_key", id="mode is not left"),
        pytest.param("configure\n", "", id="not configuring"),
        pytest.param("dh-group 14", "dh-group 3", id="no such group"),
        pytest.param("gateway primary", "gateway first", id="no such word"),
        pytest.param("commit\n", "", id="not committed"),
        pytest.param("exit\nexit\n", "exit\n", id="still configuring at the end"),
        pytest.param(
            "commit\nexit\n", "commit\nexit\ngateway primary 203.0.113.2\n", id="too late"
        ),
    ],
)
def test_it_refuses(old, new):
    assert old in GOOD
    with pytest.raises(AssertionError):
        commands(GOOD.replace(old, new))
