"""The files for Linux, given to the programs that read their parts."""

import subprocess

import pytest

from unit.devices.cases import CASES
from unit.devices.grammars.blocks import take_apart
from unit.devices.sections import sections

FILLED_IN = {
    "4": {"<LOCAL NETWORK>": "192.168.10.0/24", "<VPC NETWORK>": "10.0.0.0/16"},
    "6": {"<LOCAL NETWORK>": "2001:db8:10::/64", "<VPC NETWORK>": "2001:db8:20::/64"},
}
CHECKS = {
    "/etc/bird/bird.conf": ("bird", "-p", "-c"),
    "/etc/frr/frr.conf": ("vtysh", "-C", "-f"),
    "/usr/local/sbin/vpn-check": ("sh", "-n"),
}
"The program that checks a file, which is its last argument."


def files(case):
    text = case.text
    for mark, value in FILLED_IN["6" if case.facts.ipv6 else "4"].items():
        text = text.replace(mark, value)
    return {
        path: content for _, part in sections(text) for path, content in take_apart(part)[0].items()
    }


PARTS = [
    (case, path) for case in CASES if case.device.comment == "# " for path in CHECKS
    if path in files(case)
]  # fmt: skip


@pytest.mark.parametrize(("case", "path"), PARTS, ids=str)
def test_a_program_accepts_its_file(case, path, tmp_path):
    file = tmp_path / "file"
    file.write_text(files(case)[path])
    done = subprocess.run([*CHECKS[path], file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_kind_of_file_is_checked():
    assert {path for _, path in PARTS} == set(CHECKS)


@pytest.mark.parametrize("path", CHECKS)
def test_the_program_refuses_another(path, tmp_path):
    file = tmp_path / "file"
    file.write_text("router bgp 1 {\n(\n")
    done = subprocess.run([*CHECKS[path], file], capture_output=True, text=True, check=False)
    assert done.returncode != 0
