"""espd's packets and libreswan's: another IKE daemon, with the kernel's ESP behind it."""

import tempfile
from pathlib import Path

import pytest

from interoperation.conftest import kernel_has_esp
from interoperation.libreswan import UNPACKED, LibreswanPair
from interoperation.test_suites import rekeyed
from interoperation.traffic import transfer
from network.installation import SLOWNESS

pytestmark = pytest.mark.skipif(
    not UNPACKED.exists() or not kernel_has_esp(),
    reason="needs a kernel with ESP, and libreswan in build: make test-kernel",
)


@pytest.fixture(scope="module")
def libreswan():
    with tempfile.TemporaryDirectory(prefix="landbridge-test-") as directory:
        pair = LibreswanPair(Path(directory))
        try:
            pair.build()
            yield pair
            print(pair.log())
        finally:
            pair.remove()


@pytest.mark.parametrize(
    ("suite", "encap"),
    [
        ("aes256gcm16", True),
        ("aes256gcm16", False),
        ("aes256-sha256", True),
        ("aes256-sha512", False),
    ],
)
def test_libreswan_and_espd_carry_packets_while_either_rekeys(libreswan, suite, encap):
    with libreswan.tunnel(ike="2", suite=suite, encap=encap):
        libreswan_sends_too_soon(libreswan)
        lost, reasons = rekeyed(
            libreswan,
            lambda: libreswan.rekey_theirs("ipsec"),
            lambda: libreswan.rekey_theirs("ike"),
        )
        assert not any(lost), (lost, reasons)
        packets_pass(libreswan)


@pytest.mark.parametrize(("suite", "encap"), [("aes128-sha1", False), ("aes256-sha256", True)])
def test_libreswan_and_espd_carry_packets_by_ikev1(libreswan, suite, encap):
    """libreswan 4 has no command that rekeys by IKEv1."""
    with libreswan.tunnel(ike="1", suite=suite, encap=encap):
        libreswan_sends_too_soon(libreswan)
        packets_pass(libreswan)


def libreswan_sends_too_soon(libreswan):
    """When we rekey, it uses the new SA before its answer has told us the keys."""
    lost, reasons = rekeyed(libreswan, lambda: libreswan.rekey_child(0))
    assert len(lost[0]) <= 5 * SLOWNESS, (lost, reasons)
    assert not lost[1], (lost, reasons)


def packets_pass(libreswan):
    """Both ways."""
    here, there = libreswan.ends
    assert transfer(here, there)
    assert transfer(there, here)
