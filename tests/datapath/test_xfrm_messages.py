"""Whatever the socket says is answered or ignored, and the data path goes on."""

import errno
import socket
import struct

import pytest

from datapath import ip, netlink, xfrm
from datapath.ground import ENDPOINT, PEER
from datapath.suites import CBC, GCM
from datapath.world import Tunnel, policies
from datapath.xfrm import Attribute, Flag, Type

INFO = xfrm.INFO.size

REFUSED = (
    errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS, errno.EAFNOSUPPORT, errno.ENOBUFS,
    errno.EPROTONOSUPPORT, errno.ESRCH, errno.ENOENT, errno.ERANGE, errno.EEXIST,
)  # fmt: skip

GCM_STATE = xfrm.State(spi=0x1111, source=PEER, destination=ENDPOINT, keys=GCM.keys("x"))
CBC_STATE = xfrm.State(
    spi=0x2222, source=PEER, destination=ENDPOINT, keys=CBC.keys("x"), window=128, encap=(1, 2)
)


def field(body, offset, form, value):
    """Change a field of a body."""
    changed = bytearray(body)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)


def attributes_of(state):
    """The attributes of NEWSA."""
    return list(netlink.attributes(state.pack()[INFO:]))


def with_attribute(state, kind, value):
    """NEWSA with one attribute other than it should be, or one more."""
    kept = [one for one in attributes_of(state) if one[0] != kind]
    added = [*kept, (kind, value)]
    return state.pack()[:INFO] + b"".join(netlink.attribute(*one) for one in added)


def algorithm(name, bits, key, *more):
    """An algorithm's attribute."""
    return struct.pack(f"=64sI{len(more)}I", name, bits, *more) + key


GCM_NAME = b"rfc4106(gcm(aes))"
REFUSED_STATES = {
    "no attributes": GCM_STATE.pack()[:INFO],
    "AH": field(GCM_STATE.pack(), 56 + 20, "B", 51),
    "transport mode": field(GCM_STATE.pack(), 214, "B", 0),
    "BEET mode": field(GCM_STATE.pack(), 214, "B", 4),
    "IPv6 outside": field(GCM_STATE.pack(), 212, "=H", socket.AF_INET6),
    "no family": field(GCM_STATE.pack(), 212, "=H", 0),
    "ESN": field(GCM_STATE.pack(), 216, "B", Flag.ESN | Flag.AF_UNSPEC),
    "SPI 0": field(GCM_STATE.pack(), 56 + 16, "=I", 0),
    "an unknown cipher": with_attribute(
        GCM_STATE, Attribute.ALG_AEAD, algorithm(b"rfc7539esp(x)", 288, bytes(36), 128)
    ),
    "a cipher's name without an end": with_attribute(
        GCM_STATE, Attribute.ALG_AEAD, algorithm(b"r" * 64, 288, bytes(36), 128)
    ),
    "a key longer than the attribute": with_attribute(
        GCM_STATE, Attribute.ALG_AEAD, algorithm(GCM_NAME, 2**32 - 8, bytes(36), 128)
    ),
    "a key a little longer than the attribute": with_attribute(
        GCM_STATE, Attribute.ALG_AEAD, algorithm(GCM_NAME, 296, bytes(36), 128)
    ),
    "no key": with_attribute(GCM_STATE, Attribute.ALG_AEAD, algorithm(GCM_NAME, 0, b"", 128)),
    "a key of a wrong size": with_attribute(
        GCM_STATE, Attribute.ALG_AEAD, algorithm(GCM_NAME, 280, bytes(35), 128)
    ),
    "a key without salt": with_attribute(
        GCM_STATE, Attribute.ALG_AEAD, algorithm(GCM_NAME, 128, bytes(16), 128)
    ),
    "a short ICV": with_attribute(
        GCM_STATE, Attribute.ALG_AEAD, algorithm(GCM_NAME, 288, bytes(36), 64)
    ),
    "an AEAD cut short": with_attribute(GCM_STATE, Attribute.ALG_AEAD, GCM_NAME),
    "CBC without authentication": with_attribute(
        CBC_STATE, Attribute.ALG_AUTH_TRUNC, algorithm(b"digest_null", 0, b"", 0)
    ),
    "an ICV longer than the digest": with_attribute(
        CBC_STATE, Attribute.ALG_AUTH_TRUNC, algorithm(b"hmac(sha1)", 160, bytes(20), 256)
    ),
    "an ICV of no length": with_attribute(
        CBC_STATE, Attribute.ALG_AUTH_TRUNC, algorithm(b"hmac(md5)", 128, bytes(16), 0)
    ),
    "an authentication key longer than the attribute": with_attribute(
        CBC_STATE, Attribute.ALG_AUTH_TRUNC, algorithm(b"hmac(sha256)", 2**31, bytes(32), 128)
    ),
    "AES-CBC with a key of 7 bits": with_attribute(
        CBC_STATE, Attribute.ALG_CRYPT, algorithm(b"cbc(aes)", 7, bytes(16))
    ),
    "AES-CBC with a key of 20 bytes": with_attribute(
        CBC_STATE, Attribute.ALG_CRYPT, algorithm(b"cbc(aes)", 160, bytes(20))
    ),
    "an encapsulation cut short": with_attribute(CBC_STATE, Attribute.ENCAP, b"\2\0"),
    "an unknown encapsulation": with_attribute(CBC_STATE, Attribute.ENCAP, b"\1\0" + bytes(22)),
    "a window larger than its bitmap": with_attribute(
        CBC_STATE, Attribute.REPLAY_ESN_VAL, struct.pack("=6I4x", 1, 0, 0, 0, 0, 33)
    ),
    "a bitmap larger than the attribute": with_attribute(
        CBC_STATE, Attribute.REPLAY_ESN_VAL, struct.pack("=6I4x", 2, 0, 0, 0, 0, 33)
    ),
    "a bitmap larger than any": with_attribute(
        CBC_STATE, Attribute.REPLAY_ESN_VAL, struct.pack("=6I4x", 2**30 + 1, 0, 0, 0, 0, 33)
    ),
    "a window larger than any": with_attribute(
        CBC_STATE, Attribute.REPLAY_ESN_VAL, xfrm.replay_bitmap(4097)
    ),
    "a replay state cut short": with_attribute(
        GCM_STATE, Attribute.REPLAY_VAL, bytes(11)
    ),
}  # fmt: skip

LENGTHS = {
    Type.NEWSA: INFO, Type.UPDSA: INFO, Type.DELSA: 24, Type.GETSA: 24, Type.ALLOCSPI: INFO + 8,
    Type.FLUSHSA: 1, Type.GETAE: 48, Type.NEWPOLICY: 168, Type.UPDPOLICY: 168,
    Type.DELPOLICY: 64, Type.GETPOLICY: 64,
}  # fmt: skip


@pytest.mark.usefixtures("works")
def test_states_that_are_not_done_here_are_refused(endpoint, subtests):
    for what, body in REFUSED_STATES.items():
        with subtests.test(what):
            with pytest.raises(OSError) as refused:  # noqa: PT011 - any of several numbers
                endpoint.xfrm.ask(Type.NEWSA, body)
            assert refused.value.errno in REFUSED
            for state in (GCM_STATE, CBC_STATE):
                with pytest.raises(ProcessLookupError):
                    endpoint.xfrm.get(state)


def test_the_kernels_other_names_for_algorithms_are_known(endpoint):
    """charon uses them: aes, sha1, sha256 (net/xfrm/xfrm_algo.c)."""
    tunnel = Tunnel(endpoint, CBC)
    body = tunnel.inbound.pack().replace(b"cbc(aes)", b"aes\0\0\0\0\0")
    body = body.replace(b"hmac(sha256)", b"sha256\0\0\0\0\0\0")
    endpoint.xfrm.ask(Type.NEWSA, body)
    for policy in policies():
        endpoint.xfrm.add_policy(policy)
    tunnel.arrives(ip.filled(ip.inwards(), 100))


@pytest.mark.usefixtures("works")
def test_messages_cut_short_are_refused(endpoint):
    for kind, length in LENGTHS.items():
        for short in {0, 1, length // 2, length - 1} - {length}:
            with pytest.raises(OSError) as refused:  # noqa: PT011 - any of several numbers
                endpoint.xfrm.ask(kind, bytes(short))
            assert refused.value.errno in REFUSED, kind


@pytest.mark.usefixtures("works")
def test_attributes_cut_short_or_too_long_are_refused(endpoint):
    info = GCM_STATE.pack()[:INFO]
    for header in ((3, 18), (0, 18), (5, 18), (65535, 18), (1000, 18)):
        with pytest.raises(OSError) as refused:  # noqa: PT011 - any of several numbers
            endpoint.xfrm.ask(Type.NEWSA, info + struct.pack("=HH", *header))
        assert refused.value.errno in REFUSED


@pytest.mark.usefixtures("works")
def test_templates_that_are_not_done_here_are_refused(endpoint):
    (policy, *_) = policies(xfrm.Selector(*2 * [xfrm.ANY4.source.supernet(new_prefix=0)], 6))
    body = policy.pack()
    start = 168 + 4
    changes = {
        "transport mode": (start + 24 + 4 + 16 + 4, "B", 0),
        "AH": (start + 20, "B", 51),
        "IPv6 outside": (start + 24, "=H", socket.AF_INET6),
        "a direction that there is not": (160, "B", 3),
        "an action that there is not": (161, "B", 2),
        "a selector of no family": (40, "=H", 99),
        "a prefix longer than an address": (42, "B", 33),
    }
    for what, change in changes.items():
        with pytest.raises(OSError) as refused:  # noqa: PT011 - any of several numbers
            endpoint.xfrm.ask(Type.NEWPOLICY, field(body, *change))
        assert refused.value.errno in REFUSED, what
    with pytest.raises(OSError):  # noqa: PT011 - any
        endpoint.xfrm.ask(Type.NEWPOLICY, body[:start] + body[start:][:60])
