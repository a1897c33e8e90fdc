"""The grammars of netsh and PowerShell refuse what Windows does not have."""

import pytest

from unit.devices.grammars import netsh, powershell

RULE = (
    'netsh advfirewall consec add rule Name="one" ^\n Mode=Tunnel Action=RequireInClearOut ^\n'
    " QMSecMethods=ESP:SHA1-AES128+60min+100000kb QMPFS=DHGroup2\n"
)


def test_netsh_reads_a_rule():
    (rule,) = netsh.read(RULE).rules
    assert rule["qmsecmethods"] == "ESP:SHA1-AES128+60min+100000kb"
    assert rule["name"] == "one"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("QMSecMethods", "QMPSecMethods"),  # the guide's slip
        ("ESP:SHA1-AES128", "ESP:AES128-SHA1"),
        ("ESP:SHA1-AES128", "ESP:AESGCM128-AES128"),
        ("60min", "60"),
        ("DHGroup2", "DHGroup5"),
        ("RequireInClearOut", "RequireInOut"),
        ("Mode=Tunnel", "Mode=Tunnel Mode=Tunnel"),
        ("Mode=Tunnel", "Tunnel"),
        ("consec add rule", "consec new rule"),
        ("advfirewall", "firewal"),
    ],
)
def test_netsh_refuses(right, wrong):
    with pytest.raises(AssertionError):
        netsh.read(RULE.replace(right, wrong))


@pytest.mark.parametrize(
    "line",
    [
        "netsh advfirewall set global mainmode mmsecmethods DHGroup2-AES128-SHA1",
        "netsh advfirewall set global mainmode mmsecmethods DHGroup2:AES128-SHA512",
        "netsh advfirewall set global mainmode mmkeylifetime 480",
        "netsh advfirewall set global mainmode mmkeylife 480min,0sess",
        "netsh advfirewall reset",
        "reg add HKLM\\SYSTEM /v EnableDeadGWDetect",
    ],
)
def test_netsh_refuses_a_setting(line):
    with pytest.raises(AssertionError):
        netsh.read(line)


ADD = (
    '# A comment.\nAdd-VpnS2SInterface -Name "one" `\n  -Persistent -PfsGroup PFS2 `\n'
    '  -AdminStatus $true -IPv4Subnet @("10.0.0.0/16:100") -NetworkOutageTimeSeconds 30\n'
)


def test_powershell_reads_a_command():
    (command,) = powershell.read(ADD)
    assert command.values == {
        "Name": "one",
        "Persistent": "",
        "PfsGroup": "PFS2",
        "AdminStatus": "$true",
        "IPv4Subnet": "10.0.0.0/16:100",
        "NetworkOutageTimeSeconds": "30",
    }


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Add-VpnS2SInterface", "Add-VpnS2SInterfaces"),
        ("-PfsGroup PFS2", "-PfsGroup Group2"),
        ("-PfsGroup PFS2", "-PfsGroup"),
        ("-PfsGroup PFS2", "-Pfs PFS2"),
        ("-Persistent", "-Persistent $true"),
        ("-Persistent", "-Persistent -Persistent"),
        ("$true", "true"),
        ("OutageTimeSeconds 30", "OutageTimeSeconds 20"),
        ('@("10.0.0.0/16:100")', "(10.0.0.0/16:100)"),
        ('-Name "one"', '"one"'),
        ('-Name "one"', "-Name one two"),
        ('"one" `', '"one"'),
    ],
)
def test_powershell_refuses(right, wrong):
    with pytest.raises(AssertionError):
        powershell.read(ADD.replace(right, wrong))
