"""libreswan's own programs take what we write for it.

They come with the machine of `make test-kernel`, which unpacks them into build/libreswan.
"""

import subprocess
from pathlib import Path

import pytest

from unit.devices.cases import CASES
from unit.devices.grammars.blocks import take_apart

PROGRAMS = Path(__file__).resolve().parents[3] / "build/libreswan/usr/libexec/ipsec"
OURS = [one for one in CASES if one.device.id == "1b000002"]

pytestmark = pytest.mark.skipif(
    not PROGRAMS.exists(), reason="needs libreswan in build: make test-kernel"
)


def run(program, *arguments):
    command = [PROGRAMS / program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout + done.stderr


def connections(text):
    """The files for /etc/ipsec.d, one after the other."""
    files, _ = take_apart(text)
    return "".join(
        content
        for path, content in sorted(files.items(), reverse=True)  # vpn.conf before tunnel1.conf
        if path.startswith("/etc/ipsec.d/") and path.endswith(".conf")
    )


@pytest.mark.parametrize("case", OURS, ids=str)
def test_it_takes_the_configuration(case, tmp_path):
    file = tmp_path / "ipsec.conf"
    file.write_text(connections(case.text))
    assert run("addconn", "--config", file, "--checkconfig") == (0, "")


def test_it_refuses_what_it_does_not_know(tmp_path):
    file = tmp_path / "ipsec.conf"
    file.write_text(connections(OURS[0].text).replace("dpddelay=", "dpd-delay="))
    assert run("addconn", "--config", file, "--checkconfig")[0] != 0


@pytest.mark.parametrize("version", ["ikev1", "ikev2"])
def test_it_has_the_algorithms(version):
    words = OURS[0].device.ike[version]
    option = f"-v{version[-1]}"
    for cipher, integrity, group in combinations(words.phase1):
        if version == "ikev2" or "gcm" not in cipher:
            assert run("algparse", option, f"ike={cipher}-{integrity};{group}")[0] == 0
    for cipher, integrity, group in combinations(words.phase2):
        word = "null" if "gcm" in cipher else integrity
        assert run("algparse", option, "-pfs", f"esp={cipher}-{word};{group}")[0] == 0
    assert run("algparse", option, "ike=aes128-sha1;modp1024")[0] != 0


def combinations(words):
    return [
        (cipher, integrity, group)
        for cipher in words.encryption.values()
        for integrity in words.integrity.values()
        for group in words.groups.values()
    ]
