"""What only Cisco's devices have: selectors of those without tunnel interfaces; their grammars."""

import re
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.render import ImpossibleError, render
from landbridge.devices.suite import SampleType
from unit.devices.cases import CASES
from unit.devices.facts import DYNAMIC, NARROW, SELECTORS, STATIC, UNATTACHED, choosing
from unit.devices.grammars.asa import ASA_8, ASA_9, ASA_VTI
from unit.devices.grammars.ios import GRAMMAR as IOS
from unit.devices.grammars.modes import parse
from unit.devices.readers.cisco_firepower import SCREENS as FIREPOWER
from unit.devices.readers.meraki import SCREENS as MERAKI
from unit.devices.sections import sections, tunnel_sections


def write(device, facts, ike="ikev1"):
    return render(DEVICES[device], facts, ike_version=ike, sample_type=SampleType.COMPATIBILITY)


REMOTE_ONLY = replace(STATIC, remote_cidr=IPv4Network("10.0.0.0/8"))
MARK = "<VPC NETWORK ADDRESS> <VPC NETWORK MASK>"


@pytest.mark.parametrize(
    ("facts", "source", "target"),
    [
        (STATIC, "any", "10.0.0.0 255.255.0.0"),
        (UNATTACHED, "any", MARK),
        (REMOTE_ONLY, "any", "10.0.0.0 255.0.0.0"),
        (SELECTORS, "192.168.0.0 255.255.0.0", "10.0.0.0 255.0.0.0"),
    ],
)
@pytest.mark.parametrize(("device", "grammar"), [("6883834a", ASA_8), ("78c1a727", ASA_9)])
def test_a_crypto_map_has_one_entry_with_the_networks(device, grammar, facts, source, target):
    root = parse(grammar, write(device, facts)).root
    name = next(one.values["access-list"] for one in root.all("crypto map"))
    (entry,) = (one.values for one in root.all("access-list") if one.values.get("source")
                and one.values["access-list"] == name)  # fmt: skip
    assert (entry["action"], entry["source"], entry["target"]) == ("permit", source, target)
    assert bool(root.all("sla monitor")) == (source == "any"), "the ping is within the networks"


@pytest.mark.parametrize(
    ("facts", "local", "remote"),
    [
        (STATIC, "<LOCAL NETWORK>", "10.0.0.0/16"),
        (UNATTACHED, "<LOCAL NETWORK>", "<VPC NETWORK>"),
        (SELECTORS, "192.168.0.0/16", "10.0.0.0/8"),
    ],
)
def test_the_networks_on_screens(facts, local, remote):
    objects, _ = FIREPOWER.parse(dict(sections(write("ae4cefeb", facts)))["Both tunnels"]).steps
    assert objects.fields["Network"] == [local, remote]
    for device in ("866e027c", "42ff1bfc"):
        text = write(device, facts)
        *_, networks = MERAKI.parse(dict(sections(text))["Both tunnels"]).steps
        assert networks["Subnet"] == local
        for section in tunnel_sections(text):
            assert MERAKI.parse(section).steps[0]["Private subnets"] == remote


@pytest.mark.parametrize("device", ["b0adb196", "48548f98", "7b754310", "b556dcd1"])
def test_a_tunnel_interface_that_knows_no_other_networks_says_so(device):
    assert "always asks for 0.0.0.0/0" in write(device, SELECTORS)
    assert "always asks for" not in write(device, STATIC)


def test_ios_xe_has_the_networks_of_a_narrow_connection():
    text = write("1b000008", SELECTORS, "ikev2")
    root = parse(IOS, text).root
    for interface, rules in zip(
        root.all("interface Tunnel"), root.all("ip access-list extended"), strict=True
    ):
        used = interface.get("tunnel protection ipsec policy ipv4", "access-list")
        assert used == rules.values["access-list"]
        assert rules.one("permit ip").values == {
            "local": "192.168.0.0 0.0.255.255",
            "remote": "10.0.0.0 0.255.255.255",
        }
    assert not root.all("ip sla"), "a ping would not be within the networks"


def test_a_tunnel_that_needs_what_ikev1_lacks_has_no_file():
    narrow = choosing(NARROW | {"IKEVersions": ["ikev1", "ikev2"], "Phase2DHGroupNumbers": [5]})
    for device in ("6883834a", "78c1a727", "ae4cefeb", "866e027c"):
        with pytest.raises(ImpossibleError, match="no algorithms"):
            write(device, replace(narrow, static_routes_only=True))
    assert "15.1(2)T or later" in write("b0adb196", narrow)
    assert "15.1(2)T or later" not in write("b0adb196", DYNAMIC)
    assert "compliance shield" not in write("1b000008", choosing({
        "Phase1DHGroupNumbers": [20], "Phase2DHGroupNumbers": [20]}), "ikev2")  # fmt: skip
    assert "compliance shield" in write("1b000008", DYNAMIC, "ikev2")


@pytest.mark.parametrize(
    ("grammar", "right", "wrong"),
    [
        (IOS, "crypto isakmp policy 200", "crypto isakmp policy 0"),
        (IOS, "crypto isakmp policy 200\n group 14", "crypto isakmp policy 200\n group14"),
        (IOS, "crypto isakmp policy 200\n hash sha", "crypto isakmp policy 200\n integrity sha"),
        (IOS, "crypto isakmp policy 1\n exit\ntrack 1 ip sla 1 reachability", "exit"),
        (IOS, "interface Tunnel1\n ip mtu 1422", "ip mtu 1422"),
        (IOS, "interface Tunnel1\n ip tcp adjust-mss 1382", "interface Tunnel1\n ip adjust-mss 1"),
        (
            IOS,
            "interface Tunnel1\n ip address 169.254.10.2 255.255.255.252",
            "interface Tunnel1\n ip address 169.254.10.2/30",
        ),
        (IOS, "interface Tunnel1\n tunnel destination 203.0.113.2", "tunnel destination 1.2.3.4"),
        (
            IOS,
            "router bgp 65010\n neighbor 169.254.10.1 remote-as 64999",
            "router bgp 65010\n neighbor 169.254.10.1 activate",
        ),
        (
            IOS,
            "crypto ipsec transform-set a esp-aes 256 esp-sha512-hmac",
            "crypto ipsec transform-set a esp-gcm 256 esp-sha512-hmac",
        ),
        (IOS, "ipv6 route 2001:db8::/32 Tunnel1 fd00::1 1 track 100",
         "ipv6 route 2001:db8:: Tunnel1 fd00::1 1 track 100"),
        (ASA_8, "crypto isakmp policy 1\n group 5", "crypto ikev1 policy 1\n group 5"),
        (ASA_8, "crypto isakmp policy 1\n hash sha", "crypto isakmp policy 1\n hash sha256"),
        (ASA_9, "crypto ikev1 policy 1\n group 2", "crypto ikev1 policy 1\n encryption aes 128"),
        (ASA_9, "tunnel-group 1.2.3.4 ipsec-attributes\n ikev1 pre-shared-key a",
         "tunnel-group 1.2.3.4 ipsec-attributes\n pre-shared-key a"),
        (ASA_9, "access-list a extended permit ip any 10.0.0.0 255.0.0.0",
         "access-list a extended permit ip any 10.0.0.0/8"),
        (ASA_VTI, "crypto ikev2 policy 1\n lifetime seconds 28800",
         "crypto ikev2 policy 1\n lifetime 28800"),
        (ASA_VTI, "interface Tunnel1\n nameif a", "interface Tunnel1\n ip mtu 1422"),
        (ASA_VTI, "router bgp 1\n address-family ipv4 unicast\n  neighbor 1.2.3.4 remote-as 2",
         "router bgp 1\n neighbor 1.2.3.4 remote-as 2"),
    ],
)  # fmt: skip
def test_a_grammar_refuses_what_its_mode_does_not_have(grammar, right, wrong):
    parse(grammar, right)
    with pytest.raises(ValueError):  # noqa: PT011
        parse(grammar, wrong)


def test_names_are_defined_and_used():
    found = parse(IOS, "interface Tunnel1\n tunnel protection ipsec profile a\ntrack 2 ip sla 3"
                       " reachability")  # fmt: skip
    assert found.defined == {("tunnel", "1"), ("track", "2")}
    assert found.used == {("ipsec-profile", "a"), ("sla", "3")}


FILLED_IN = {
    "<LOCAL NETWORK ADDRESS>": "192.168.10.0",
    "<LOCAL NETWORK MASK>": "255.255.255.0",
    "<LOCAL NETWORK>": "2001:db8:10::/64",
}
IOS_WITH_BGP = [
    case
    for case in CASES
    if case.device.template in ("cisco/ios.j2", "cisco/ios_xe.j2")
    and not case.facts.static_routes_only
]


@pytest.mark.parametrize("case", IOS_WITH_BGP, ids=str)
def test_frr_takes_the_bgp_of_ios(case, tmp_path):
    text = case.text
    for mark, value in FILLED_IN.items():
        text = text.replace(mark, value)
    blocks = re.findall(r"^router bgp .*\n(?:[ !].*\n)+", text, re.MULTILINE)
    assert len(blocks) == 2
    file = tmp_path / "bgp.conf"
    file.write_text("\n".join(blocks))
    done = subprocess.run(["vtysh", "-C", "-f", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
