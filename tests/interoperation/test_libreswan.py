"""espd's packets and libreswan's: another IKE daemon, with the kernel's ESP behind it."""

import tempfile
from pathlib import Path

import pytest

from interoperation.conftest import kernel_has_esp
from interoperation.libreswan import UNPACKED, LibreswanPair
from interoperation.test_suites import rekeyed
from interoperation.traffic import transfer

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
    ("ike", "suite", "encap"),
    [
        ("2", "aes256gcm16", True),
        ("2", "aes256gcm16", False),
        ("2", "aes256-sha256", True),
        ("2", "aes256-sha512", False),
        ("1", "aes128-sha1", False),
        ("1", "aes256-sha256", True),
    ],
)
def test_libreswan_and_espd_carry_packets_while_either_rekeys(libreswan, ike, suite, encap):
    with libreswan.tunnel(ike=ike, suite=suite, encap=encap):
        lost, reasons = rekeyed(
            libreswan,
            lambda: libreswan.rekey_child(0),
            lambda: libreswan.rekey_theirs("ipsec"),
            lambda: libreswan.rekey_theirs("ike"),
        )
        assert not any(lost), (lost, reasons)
        here, there = libreswan.ends
        assert transfer(here, there)
        assert transfer(there, here)
