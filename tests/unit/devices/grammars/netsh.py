"""Commands of `netsh advfirewall`, and the few others of a Windows command prompt.

Keywords and values are from Microsoft's reference (Windows Server 2008 R2 and 2012 R2); netsh does
not mind their case.
"""

import re
from dataclasses import dataclass

_GROUPS = "dhgroup1|dhgroup2|dhgroup14|dhgroup24|ecdhp256|ecdhp384"
_CIPHERS = "3des|des|aes128|aes192|aes256"
_METHOD = f"(?:{_GROUPS}):(?:{_CIPHERS})-(?:md5|sha1|sha256|sha384)"
_LIFE = r"\+\d+min\+\d+kb"
_GCM = "|".join(f"aesgcm{size}-aesgcm{size}" for size in (128, 192, 256))
_ADDRESS = r"\d+\.\d+\.\d+\.\d+"
_NETWORK = rf'"(?:{_ADDRESS}/\d+|<(?:local|vpc) network>)"'
CONSEC = {
    "name": r'"[^"]+"',
    "enable": "yes|no",
    "profile": "public|private|domain|any",
    "type": "dynamic|static",
    "mode": "transport|tunnel",
    "localtunnelendpoint": f"{_ADDRESS}|any",
    "remotetunnelendpoint": f"{_ADDRESS}|any",
    "endpoint1": _NETWORK,
    "endpoint2": _NETWORK,
    "protocol": "any|tcp|udp",
    "action": "requireinrequestout|requestinrequestout|requireinrequireout|requireinclearout"
    "|noauthentication",
    "auth1": "computerpsk|computercert",
    "auth1psk": r"[a-z1-9._][a-z0-9._]{7,63}",
    "qmsecmethods": rf"esp:(?:(?:md5|sha1|sha256)-(?:{_CIPHERS})|{_GCM}){_LIFE}",
    "exemptipsecprotectedconnections": "yes|no",
    "applyauthz": "yes|no",
    "qmpfs": f"{_GROUPS}|mainmode|none",
}
"The tags of `consec add rule`."
GLOBAL = {
    "mainmode mmsecmethods": f"{_METHOD}(?:,{_METHOD})*|default",
    "mainmode mmkeylifetime": r"\d+min,\d+sess",
    "mainmode mmforcedh": "yes|no",
    "ipsec ipsecthroughnat": "never|serverbehindnat|serverandclientbehindnat",
}
"What `set global` sets."
OTHERS = {
    "netsh advfirewall consec show rule name=all verbose",
    "netsh advfirewall monitor show mmsa",
    "netsh advfirewall monitor show qmsa",
    r"reg add HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
    " /v EnableDeadGWDetect /t REG_DWORD /d 1 /f",
    "shutdown /r /t 0",
}
_COMMAND = re.compile(r"(?:netsh|reg|shutdown) .*")
_ADD = "netsh advfirewall consec add rule "
_SET = "netsh advfirewall set global "
_TAG = re.compile(r'(\w+)=("[^"]*"|\S+)(?: |$)')


@dataclass
class Commands:
    """What a text has of them."""

    rules: list[dict[str, str]]
    "Tags in lower case, values as written, without quotes."
    defaults: dict[str, str]


def read(text: str) -> Commands:
    """Read the commands of a text; raises `AssertionError` for one that netsh would not take."""
    found = Commands([], {})
    for line in re.sub(r" \^\n", "", text).splitlines():
        assert not line.startswith("netsh") or line.startswith("netsh advfirewall "), line
        assert not line.endswith("^"), line
        if not _COMMAND.fullmatch(line) or line in OTHERS:
            continue
        if line.startswith(_ADD):
            found.rules.append(_rule(line.removeprefix(_ADD)))
            continue
        assert line.startswith(_SET), f"no such command: {line}"
        name, _, value = line.removeprefix(_SET).rpartition(" ")
        assert name in GLOBAL, f"no such setting: {line}"
        assert re.fullmatch(GLOBAL[name], value.lower()), f"{name} does not take {value}"
        assert name not in found.defaults, f"{name} is set twice"
        found.defaults[name] = value
    return found


def _rule(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    assert "".join(match[0] for match in _TAG.finditer(text)) == text, text
    for tag, value in _TAG.findall(text):
        name = tag.lower()
        assert name in CONSEC, f"no such tag: {tag}"
        assert name not in values, f"{tag} is given twice"
        assert re.fullmatch(CONSEC[name], value.lower()), f"{tag} does not take {value}"
        values[name] = value.strip('"')
    return values
