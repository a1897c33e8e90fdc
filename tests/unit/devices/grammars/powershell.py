"""PowerShell: lines of one cmdlet with parameters, no pipes, no expressions but arrays of strings.

Which cmdlets, parameters and enumerated values there are is from Microsoft's reference of the
modules RemoteAccess, ServerManager, NetSecurity and NetTCPIP (Windows Server 2022).
"""

import re
from dataclasses import dataclass

STRING = re.compile(r'"([^"$`]*)"|([A-Za-z0-9.:/_-]+)')
NUMBER = re.compile(r"(\d+)")
BOOLEAN = re.compile(r"(\$true|\$false)")
STRINGS = re.compile(r'@\(("[^"$`]*"(?:, "[^"$`]*")*)\)|([A-Za-z0-9-]+(?:, [A-Za-z0-9-]+)*)')
SWITCH = None

Kind = re.Pattern[str] | tuple[str, ...] | None
"What a parameter takes: a pattern, one of some words, or nothing."

CIPHERS = ("DES", "DES3", "AES128", "AES192", "AES256")
GCM = ("GCMAES128", "GCMAES192", "GCMAES256")
METHODS = ("EAP", "MachineCertificates", "PSKOnly", "MSCHAPv2")
CMDLETS: dict[str, dict[str, Kind]] = {
    "Install-WindowsFeature": {"Name": STRINGS, "IncludeManagementTools": SWITCH},
    "Install-RemoteAccess": {"VpnType": ("Vpn", "VpnS2S", "SstpProxy", "RoutingOnly")},
    "Add-VpnS2SInterface": {
        "Name": STRING,
        "Protocol": ("L2TP", "IKEv2", "Automatic", "SSTP"),
        "Destination": STRING,
        "SourceIpAddress": STRING,
        "AuthenticationMethod": METHODS,
        "ResponderAuthenticationMethod": METHODS[1:3],
        "SharedSecret": STRING,
        "CustomPolicy": SWITCH,
        "EncryptionMethod": CIPHERS,
        "IntegrityCheckMethod": ("MD5", "SHA1", "SHA256", "SHA384"),
        "DHGroup": ("None", "Group1", "Group2", "Group14", "ECP256", "ECP384", "Group24"),
        "CipherTransformConstants": (*CIPHERS, *GCM, "None"),
        "AuthenticationTransformConstants": ("MD596", "SHA196", "SHA256128", *GCM, "None"),
        "PfsGroup": ("None", "PFS1", "PFS2", "PFS2048", "ECP256", "ECP384", "PFSMM", "PFS24"),
        "MMSALifeTimeSeconds": NUMBER,
        "SALifeTimeSeconds": NUMBER,
        "SADataSizeForRenegotiationKilobytes": NUMBER,
        "NetworkOutageTimeSeconds": tuple(
            str(one) for one in (3, 6, 9, 12, 15, 30, 60, 120, 240, 360, 720, 900)
        ),
        "NumberOfTries": NUMBER,
        "RetryIntervalSeconds": NUMBER,
        "InitiateConfigPayload": BOOLEAN,
        "Persistent": SWITCH,
        "AutoConnectEnabled": BOOLEAN,
        "AdminStatus": BOOLEAN,
        "IPv4Subnet": STRINGS,
    },
    "Connect-VpnS2SInterface": {"Name": STRING},
    "Get-VpnS2SInterface": {"Name": STRING},
    "Get-NetIPsecMainModeSA": {},
    "Get-NetIPsecQuickModeSA": {},
    "Get-NetRoute": {"DestinationPrefix": STRING},
}
_PARAMETER = re.compile(r"-([A-Z]\w*)(?: (?!-[A-Z])(.+?))?(?= -[A-Z]|$)")


@dataclass
class Command:
    """A cmdlet's call; a switch has an empty value."""

    cmdlet: str
    values: dict[str, str]


def read(text: str) -> list[Command]:
    """Read a script; raises `AssertionError` for a line that PowerShell would not take."""
    lines = re.sub(r" `\n *", " ", text).splitlines()
    return [_command(line) for line in lines if line and not line.startswith("#")]


def _command(line: str) -> Command:
    cmdlet, _, rest = line.partition(" ")
    assert cmdlet in CMDLETS, f"no such cmdlet: {line}"
    values: dict[str, str] = {}
    place = 0
    for match in _PARAMETER.finditer(rest):
        assert match.start() == place, f"{rest[place : match.start()]!r} is no parameter: {line}"
        place = match.end() + 1
        name, value = match[1], match[2]
        assert name in CMDLETS[cmdlet], f"{cmdlet} has no parameter {name}"
        assert name not in values, f"{name} is given twice"
        values[name] = _value(name, CMDLETS[cmdlet][name], value)
    assert place >= len(rest), f"{rest[place:]!r} is no parameter: {line}"
    return Command(cmdlet, values)


def _value(name: str, kind: Kind, value: str | None) -> str:
    if kind is None:
        assert value is None, f"{name} takes no value, not {value}"
        return ""
    assert value is not None, f"{name} takes a value"
    if isinstance(kind, tuple):
        assert value in kind, f"{name} does not take {value}"
        return value
    match = kind.fullmatch(value)
    assert match, f"{name} does not take {value}"
    return next(one for one in match.groups() if one is not None).replace('"', "")
