"""espd and its peer understand each other, by every suite, and lose nothing while keys change."""

import pytest

from interoperation.traffic import Stream, transfer
from network.installation import SLOWNESS, wait_until

SUITES = [
    "aes128-sha1",
    "aes256-sha1",
    "aes128-sha256",
    "aes256-sha256",
    "aes256-sha384",
    "aes256-sha512",
    "aes128gcm16",
    "aes256gcm16",
]


def rekeyed(pair, *steps):
    """Take steps while datagrams flow both ways; returns what of them got lost, and why."""
    stream = Stream(pair.ends)
    try:
        for step in (lambda: None, *steps):
            step()
            passed = stream.sent + 25
            wait_until(lambda passed=passed: stream.sent > passed, "traffic goes on")
    finally:
        lost = stream.stop()
    return lost, [dict(pair.counters(index).drops) for index in pair.observed] if any(lost) else []


@pytest.mark.parametrize("encap", [False, True], ids=["plain", "udp"])
@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_carries_packets_both_ways_and_loses_none_while_rekeying(pair, suite, encap):
    with pair.connected(esp=f"{suite}-ecp256", encap=encap):
        (child,) = pair.child_sas(0)
        assert child.get("encap", b"no") == (b"yes" if encap else b"no")
        lost, reasons = rekeyed(
            pair,
            lambda: pair.rekey_child(0),
            lambda: pair.rekey_child(1),
            lambda: pair.rekey_ike(0),
        )
        assert not any(lost), (lost, reasons)
        here, there = pair.ends
        assert transfer(here, there)
        assert transfer(there, here)


def test_ikev1_rekeys(pair):
    """The initiator uses the new SA at once, and may overtake its own last message (RFC 2409)."""
    with pair.connected(esp="aes128-sha1-modp1024", ike="1"):
        lost, _ = rekeyed(
            pair,
            lambda: pair.rekey_child(0),
            lambda: pair.rekey_ike(1),
            lambda: pair.rekey_child(1),
        )
        assert all(len(numbers) <= 5 * SLOWNESS for numbers in lost)
