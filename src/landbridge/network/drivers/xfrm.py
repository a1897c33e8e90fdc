"""The kernel's ESP: interfaces, its state tables over NETLINK_XFRM, and its counters.

    state, policies      XFRM interface, made in the        the same, moved to the
    of the endpoint  <-- endpoint's namespace         ==>   gateway's namespace

An XFRM interface belongs to the tables of the namespace where it was made, wherever it is moved.

Source: linux/xfrm.h; Documentation/networking/xfrm_proc.rst.
"""

import os
import socket
import struct
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from landbridge.network.drivers import links
from landbridge.network.drivers.netns import Namespaces, inside
from landbridge.network.model import TunnelInterface
from landbridge.network.strongswan import IF_ID

_NETLINK_XFRM = 6
_NLMSG_ERROR = 2
_NLM_F_REQUEST, _NLM_F_ACK = 1, 4
_NEWSA, _FLUSHSA, _FLUSHPOLICY = 0x10, 0x1C, 0x1D
_IPSEC_PROTO_ANY = 255
_XFRMA_ALG_AEAD = 18
_TUNNEL_MODE = 1
_HEADER = struct.Struct("=IHHII")
_DROPS = {
    "XfrmInNoStates": "no_sa",
    "XfrmInStateSeqError": "replay",
    "XfrmInStateProtoError": "icv",
    "XfrmInStateMismatch": "encapsulation",
    "XfrmInTmplMismatch": "policy",
    "XfrmInNoPols": "policy",
    "XfrmInPolBlock": "policy",
    "XfrmOutNoStates": "no_policy",
    "XfrmOutPolBlock": "no_policy",
    "XfrmOutStateSeqError": "sequence",
}
"""The kernel's counters that mean what one of espd's does; others keep their own name, without
`Xfrm` and in small letters: `XfrmInHdrError` is `in_hdr_error`."""


def add_interface(namespaces: Namespaces, interface: TunnelInterface) -> None:
    """Make an XFRM interface, down, for the states of its endpoint, where it ought to be."""
    handle = namespaces.handle(interface.endpoint)
    links.remove_half_made(handle, interface.name)
    handle.link("add", ifname=interface.name, kind="xfrm", xfrm_if_id=IF_ID, mtu=interface.mtu)
    if interface.namespace != interface.endpoint:
        links.move(namespaces, interface.endpoint, interface.name, interface.namespace)


def flush(namespace: str) -> None:
    """Remove all states and policies of a namespace: those that a killed charon left behind."""
    with inside(namespace), _open() as kernel:
        _ask(kernel, _FLUSHSA, struct.pack("=B", _IPSEC_PROTO_ANY))
        _ask(kernel, _FLUSHPOLICY, b"")


def try_interface(namespaces: Namespaces, namespace: str) -> None:
    """Make an XFRM interface; what the kernel lacks comes as one of `LINUX_FAILURES`."""
    namespaces.handle(namespace).link("add", ifname="probe", kind="xfrm", xfrm_if_id=IF_ID)


def try_state(namespace: str) -> None:
    """Install a state for ESP with AES-GCM; raises `OSError` when the kernel has no ESP."""
    with inside(namespace), _open() as kernel:
        _ask(kernel, _NEWSA, _some_state())


def drops(namespace: str) -> Mapping[str, int]:
    """Count the packets that the kernel's IPsec in a namespace has dropped, by reason."""
    with inside(namespace), suppress(FileNotFoundError):
        return parse_drops(Path("/proc/thread-self/net/xfrm_stat").read_text())
    return {}


def parse_drops(text: str) -> Mapping[str, int]:
    """Read /proc/net/xfrm_stat: names and numbers, of which zeros are left out."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        name, number = line.split()
        if int(number):
            found[_DROPS.get(name) or _small(name)] += int(number)
    return found


def _small(name: str) -> str:
    """`XfrmInHdrError` -> `in_hdr_error`."""
    return "".join(
        f"_{letter.lower()}" if letter.isupper() else letter for letter in name.removeprefix("Xfrm")
    ).removeprefix("_")


def _open() -> socket.socket:
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_XFRM)


def _ask(kernel: socket.socket, kind: int, body: bytes) -> None:
    """Send a message and take in the kernel's answer."""
    flags = _NLM_F_REQUEST | _NLM_F_ACK
    kernel.send(_HEADER.pack(_HEADER.size + len(body), kind, flags, 1, 0) + body)
    answer = kernel.recv(65536)
    _, answered, *_ = _HEADER.unpack_from(answer)
    (code,) = struct.unpack_from("=i", answer, _HEADER.size)
    if answered == _NLMSG_ERROR and code:
        raise OSError(-code, os.strerror(-code))


def _some_state() -> bytes:
    """A `struct xfrm_usersa_info` with an AEAD, between addresses that nobody has."""
    ours, theirs = (socket.inet_aton(one).ljust(16, b"\0") for one in ("192.0.2.1", "192.0.2.2"))
    selector = bytes(56)
    identity = theirs + struct.pack(">I", 0x1000) + struct.pack("=B3x", socket.IPPROTO_ESP)
    forever = struct.pack("=8Q", *[2**64 - 1] * 4, *[0] * 4)
    used = bytes(32 + 12)
    rest = struct.pack("=IIHBBB7x", 0, 1, socket.AF_INET, _TUNNEL_MODE, 0, 0)
    key = bytes(16 + 4)
    cipher = struct.pack("=64sII", b"rfc4106(gcm(aes))", 8 * len(key), 128) + key
    attribute = struct.pack("=HH", 4 + len(cipher), _XFRMA_ALG_AEAD) + cipher
    return selector + identity + ours + forever + used + rest + attribute
