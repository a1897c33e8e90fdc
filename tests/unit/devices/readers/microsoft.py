"""Windows Server: connection security rules by netsh, with the listing beside; RRAS's cmdlets."""

import re

from unit.devices.grammars import netsh, powershell
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

LABELS = (
    "Local Tunnel Endpoint", "Remote Tunnel Endpoint", "Endpoint 1", "Endpoint 2", "Preshared key",
    "MainModeSecMethods", "MainModeKeyLifetime", "QuickModeSecMethods", "QuickModePFS",
    "Endpoint 1 within", "Endpoint 2 within",
)  # fmt: skip


def rules(text: str) -> Reading:
    defaults = netsh.read(dict(sections(text))["Prepare the server"]).defaults
    netsh.read(text)
    found = [(_listing(one), netsh.read(one).rules) for one in tunnel_sections(text)]
    reading = Reading(tunnels=[_rule(listing, one, defaults) for listing, (one,) in found])
    assert len({one["name"] for _, (one,) in found}) == 2, "a rule's name is unique"
    shortest = min(reading.tunnels, key=lambda one: one.ike_lifetime).ike_lifetime
    assert defaults["mainmode mmkeylifetime"] == f"{shortest // 60}min,0sess"
    assert defaults["mainmode mmforcedh"] == "yes"
    return reading


def _listing(section: str) -> dict[str, str]:
    found = dict(re.findall(r"^([A-Z][A-Za-z0-9 ]+):  +(\S.*)$", section, re.MULTILINE))
    assert tuple(found) == LABELS
    return found


def _rule(listing: dict[str, str], rule: dict[str, str], defaults: dict[str, str]) -> TunnelReading:
    fixed = {"enable": "Yes", "profile": "any", "type": "Static", "mode": "Tunnel",
             "protocol": "Any", "action": "RequireInClearOut", "auth1": "ComputerPSK",
             "exemptipsecprotectedconnections": "No", "applyauthz": "No"}  # fmt: skip
    assert {name: rule[name] for name in fixed} == fixed
    said = {
        "Local Tunnel Endpoint": "localtunnelendpoint", "Endpoint 1": "endpoint1",
        "Remote Tunnel Endpoint": "remotetunnelendpoint", "Endpoint 2": "endpoint2",
        "Preshared key": "auth1psk", "QuickModeSecMethods": "qmsecmethods", "QuickModePFS": "qmpfs",
    }  # fmt: skip
    for label, tag in said.items():
        assert listing[label] == rule[tag], f"the listing and the command differ in {label}"
    group, cipher, integrity = listing["MainModeSecMethods"].split("-")
    methods = defaults["mainmode mmsecmethods"].split(",")
    assert f"{group}:{cipher}-{integrity}" in methods
    security, minutes, _ = rule["qmsecmethods"].removeprefix("ESP:").split("+")
    esp_integrity, esp_cipher = security.split("-")
    return TunnelReading(
        ike_version="ikev1",
        psk=rule["auth1psk"],
        customer_outside=rule["localtunnelendpoint"],
        endpoint_outside=rule["remotetunnelendpoint"],
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=(cipher, integrity, group),
        ike_lifetime=int(listing["MainModeKeyLifetime"].removesuffix("min,0sess")) * 60,
        esp=(esp_cipher, "" if esp_integrity == esp_cipher else esp_integrity, rule["qmpfs"]),
        esp_lifetime=int(minutes.removesuffix("min")) * 60,
        dpd_interval=UNSAID,
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=UNSAID,
        selectors=(listing["Endpoint 1 within"], listing["Endpoint 2 within"]),
        bgp=None,
        route=rule["endpoint2"],
    )


def cmdlets(text: str) -> Reading:
    commands = powershell.read(text)
    assert [one.cmdlet for one in commands[:2]] == [
        "Install-WindowsFeature",
        "Install-RemoteAccess",
    ]
    assert commands[0].values["Name"].split(", ") == ["DirectAccess-VPN", "Routing"]
    assert commands[1].values["VpnType"] == "VpnS2S"
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        add, connect = powershell.read(section)
        assert (add.cmdlet, connect.cmdlet) == ("Add-VpnS2SInterface", "Connect-VpnS2SInterface")
        reading.defined.add(("interface", add.values["Name"]))
        reading.used.add(("interface", connect.values["Name"]))
        reading.tunnels.append(_interface(number, add.values))
    return reading


def _interface(number: int, values: dict[str, str]) -> TunnelReading:
    fixed = {"AuthenticationMethod": "PSKOnly", "ResponderAuthenticationMethod": "PSKOnly",
             "NetworkOutageTimeSeconds": "30", "InitiateConfigPayload": "$false",
             "AutoConnectEnabled": "$true", "AdminStatus": "$true", "Persistent": "",
             "CustomPolicy": ""}  # fmt: skip
    assert {name: values[name] for name in fixed} == fixed
    cipher, integrity = (values[f"{one}TransformConstants"] for one in ("Cipher", "Authentication"))
    assert cipher.startswith("GCM") == (integrity == cipher)
    route, metric = values["IPv4Subnet"].rsplit(":", 1)
    assert metric == f"{number}00", "tunnel 1 is preferred"
    return TunnelReading(
        ike_version=values["Protocol"].lower(),
        psk=values["SharedSecret"],
        customer_outside=values["SourceIpAddress"],
        endpoint_outside=values["Destination"],
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=(values["EncryptionMethod"], values["IntegrityCheckMethod"], values["DHGroup"]),
        ike_lifetime=int(values["MMSALifeTimeSeconds"]),
        esp=(cipher, "" if integrity == cipher else integrity, values["PfsGroup"]),
        esp_lifetime=int(values["SALifeTimeSeconds"]),
        dpd_interval=UNSAID,
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=UNSAID,
        selectors=UNSAID,
        bgp=None,
        route=route,
    )


_WITHOUT = frozenset(
    {"customer_inside", "endpoint_inside", "dpd_interval", "dpd_retries", "mtu", "mss"}
)
READERS = {
    "microsoft/netsh.j2": Reader(read=rules, unsaid=_WITHOUT),
    "microsoft/rras.j2": Reader(read=cmdlets, unsaid=_WITHOUT | {"selectors"}),
}
