"""RouterOS: which policies are in force, and that a checker of RouterOS 7 accepts the files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from unit.devices.cases import CASES
from unit.devices.grammars.routeros import commands

ROUTEROS_LSP = Path(sys.executable).with_name("routeros-lsp")
OURS = [case for case in CASES if case.device.vendor == "Mikrotik"]
MARKS = {
    "<DEVICE CERTIFICATE>": "router.crt",
    "<LOCAL NETWORK>": "192.168.10.0/24",
    "<VPC NETWORK>": "10.0.0.0/16",
}


@pytest.mark.parametrize("case", OURS, ids=str)
def test_the_policies(case):
    """At first the network's policy is tunnel 1's, and tunnel 2 stands by or carries BGP only."""
    facts = case.facts
    vpc = str(facts.vpc_cidr or "<VPC NETWORK>")
    first, second = (
        (f"{one.customer_inside_address}/32", f"{one.our_inside_address}/32")
        for one in facts.tunnels
    )
    network = (str(facts.local_cidr), vpc)
    found = [one.values for one in commands(case.text, case.device.variant)
             if one.menu == "ip ipsec policy"]  # fmt: skip
    assert [(one["src-address"], one["dst-address"]) for one in found] == [
        first,
        network,
        second,
        network,
    ]
    in_force = [one["disabled"] == "no" for one in found]
    if case.kind == "selectors":
        assert in_force == [False, True, False, False]
    elif facts.static_routes_only:
        assert in_force == [True, True, False, False]
    else:
        assert in_force == [True, True, True, False]


@pytest.mark.parametrize(
    "line",
    [
        "/ip ipsec proposal add name=x enc-algorithm=aes-128-cbc",
        "/ip ipsec peers add name=x",
        "/ip ipsec peer add name=x name=y",
        "/ip ipsec peer set name=x",
        '/ip ipsec peer add name="x',
        "/ip ipsec peer add name=x y",
        "/routing bgp peer add name=x",
        "ip route add gateway=10.0.0.1",
    ],
)
def test_the_grammar_refuses(line):
    with pytest.raises(AssertionError):
        commands(line, "7")


@pytest.mark.parametrize("case", [one for one in OURS if one.device.variant == "7"], ids=str)
def test_routeros_lsp_accepts_it(case, tmp_path: Path):
    file = tmp_path / "vpn.rsc"
    file.write_text(re.sub(r"<[A-Z ]+>", lambda found: MARKS[found[0]], case.text))
    done = subprocess.run(
        [ROUTEROS_LSP, "check", "--strict", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
