"""What the house promises, enumerated."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

import landbridge.api.dispatch
from landbridge.aws.models import operation_model
from landbridge.network.apply import Applier
from landbridge.network.diff import Verb
from landbridge.network.drivers.bird import Birds
from landbridge.network.drivers.charon import Charons
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.drivers.running import Running
from landbridge.network.model import ORDER, Thing
from landbridge.network.strongswan import Esp
from landbridge.services.registry import OPERATIONS

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MIGRATIONS = ROOT / "src/landbridge/store/migrations/versions"
MOST_LINES = 320

# The operations of the guide that issue by issue come to be here.
BUILT = {
    "AttachVpnGateway",
    "CreateCustomerGateway",
    "CreateVpnConnection",
    "CreateVpnConnectionRoute",
    "CreateVpnGateway",
    "DeleteCustomerGateway",
    "DeleteVpnConnection",
    "DeleteVpnConnectionRoute",
    "DeleteVpnGateway",
    "DescribeCustomerGateways",
    "DescribeVpnConnections",
    "DescribeVpnGateways",
    "DetachVpnGateway",
    "DisableVgwRoutePropagation",
    "EnableVgwRoutePropagation",
    "GetVpnConnectionDeviceSampleConfiguration",
    "GetVpnConnectionDeviceTypes",
}


def test_the_operations_of_site_to_site_vpn_are_registered():
    assert landbridge.api.dispatch.SERVICES
    assert {name for service, name in OPERATIONS if service == "ec2"} >= BUILT


def test_every_registered_operation_is_aws_own():
    for service, name in OPERATIONS:
        assert operation_model(service, name) is not None, f"{service} has no operation {name}"


def test_every_kind_of_thing_can_be_made_and_removed(tmp_path):
    tunnels = Tunnels(Esp.KERNEL, tmp_path, tmp_path)
    charons, birds = Charons(tmp_path), Birds(tmp_path)
    deeds = Applier(Namespaces(), Running(), charons, birds, tunnels).deeds
    for kind in ORDER:
        assert (kind, Verb.ADD) in deeds
        assert (kind, Verb.REMOVE) in deeds
    assert set(ORDER) == set(Thing.__args__)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_every_module_says_what_it_is_and_fits_in_a_head(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    if path.parent != MIGRATIONS:
        assert len(text.splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "document",
    [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"],
    ids=lambda path: path.name,
)
def test_every_path_named_in_the_docs_exists(document):
    for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py|\.txt|\.in)?)`", document.read_text()):
        there = [base for base in (ROOT, ROOT / "src/landbridge") if (base / name).exists()]
        assert there, f"{document.name} names {name}"


def test_the_readme_names_the_two_commands():
    text = (ROOT / "README.md").read_text()
    targets = (ROOT / "Makefile").read_text()
    for command in ("demo", "test"):
        assert f"    make {command}\n" in text
        assert f"\n{command}: install" in targets


def test_nothing_of_one_machine_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True,
                            check=True).stdout.split()  # fmt: skip
    forbidden = re.compile("/" + "root/|/" + "work/|pypi" + r"\.org|deb\.debian" + r"\.org")
    for name in listed:
        text = (ROOT / name).read_text(errors="ignore") if (ROOT / name).exists() else ""
        assert not forbidden.search(text), name
