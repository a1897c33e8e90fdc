"""ESP, a second time: RFC 4303 with AES-GCM (RFC 4106) and AES-CBC (RFC 3602) with HMAC.

Slow and plain, and made of nothing that espd is made of: what both understand is ESP.

    SPI | sequence number | IV | payload, padding, pad length, next header | ICV
                                 `------------- text, encrypted ---------'
    `-------------- what a CBC suite's HMAC is over (RFC 4868) ----------'
"""

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

IPV4, IPV6, NO_NEXT_HEADER = 4, 41, 59
"Next headers: an IP packet of either version, and a dummy (section 2.6)."

HEADER = struct.Struct("!II")
_SALT = 4
_GCM_IV, _GCM_ICV, _GCM_ALIGNMENT = 8, 16, 4
_BLOCK = 16


class ForgedError(Exception):
    """The ICV is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """How packets are protected."""

    name: str
    "As in strongSwan's proposals."
    key_length: int
    "Of the cipher, bytes, without GCM's salt."
    digest: str | None = None
    "hashlib's name; None: AES-GCM."
    icv_length: int = _GCM_ICV

    @property
    def gcm(self) -> bool:
        """Whether one algorithm does both."""
        return self.digest is None

    @property
    def iv_length(self) -> int:
        """Bytes."""
        return _GCM_IV if self.gcm else _BLOCK

    @property
    def alignment(self) -> int:
        """What the text's length is a multiple of, bytes."""
        return _GCM_ALIGNMENT if self.gcm else _BLOCK

    @property
    def overhead(self) -> int:
        """Bytes of a packet that are not text."""
        return HEADER.size + self.iv_length + self.icv_length

    def keys(self, label: str) -> "Keys":
        """Keys for tests, the same for the same label."""
        lengths = (self.key_length + _SALT, 0)
        if self.digest:
            lengths = (self.key_length, hashlib.new(self.digest).digest_size)
        material = hashlib.shake_256(f"{self.name} {label}".encode()).digest(sum(lengths))
        return Keys(self, material[: lengths[0]], material[lengths[0] :])


@dataclass(frozen=True, slots=True)
class Keys:
    """A suite and the keys for one direction."""

    suite: Suite
    encryption: bytes
    "With GCM its salt comes last."
    integrity: bytes


def _suites() -> list[Suite]:
    hashes = [("sha1", 12), ("sha256", 16), ("sha384", 24), ("sha512", 32)]
    return [Suite(name=f"aes{size * 8}gcm16", key_length=size) for size in (16, 32)] + [
        Suite(name=f"aes{size * 8}-{digest}", key_length=size, digest=digest, icv_length=icv)
        for size in (16, 32)
        for digest, icv in hashes
    ]


SUITES = {suite.name: suite for suite in _suites()}


def trailer(payload: bytes, next_header: int, alignment: int, *, more: int = 0) -> bytes:
    """Complete a payload to a text; `more` is how much longer than needed the padding is."""
    length = -(len(payload) + 2) % alignment + more
    return payload + bytes(range(1, length + 1)) + bytes((length, next_header))


def seal(keys: Keys, spi: int, sequence: int, text: bytes, *, iv: bytes | None = None) -> bytes:
    """Protect a text, which has to have its trailer."""
    header = HEADER.pack(spi, sequence)
    if iv is None:
        iv = os.urandom(keys.suite.iv_length)
    if keys.suite.gcm:
        key, salt = keys.encryption[:-_SALT], keys.encryption[-_SALT:]
        return header + iv + AESGCM(key).encrypt(salt + iv, text, header)
    cipher = Cipher(AES(keys.encryption), CBC(iv)).encryptor()
    sealed = header + iv + cipher.update(text) + cipher.finalize()
    return sealed + _mac(keys, sealed)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in a packet."""

    spi: int
    sequence: int
    iv: bytes
    text: bytes

    @property
    def next_header(self) -> int:
        """What kind of packet the payload is."""
        return self.text[-1]

    @property
    def padding(self) -> bytes:
        """The padding, whose bytes say what they are."""
        return self.text[len(self.text) - 2 - self.text[-2] : -2]

    @property
    def payload(self) -> bytes:
        """The inner packet."""
        return self.text[: len(self.text) - 2 - self.text[-2]]


def open_(keys: Keys, packet: bytes) -> Opened:
    """Check and decrypt a packet; raises `ForgedError`."""
    suite = keys.suite
    spi, sequence = HEADER.unpack_from(packet)
    body = HEADER.size + suite.iv_length
    iv = packet[HEADER.size : body]
    if suite.gcm:
        key, salt = keys.encryption[:-_SALT], keys.encryption[-_SALT:]
        try:
            text = AESGCM(key).decrypt(salt + iv, packet[body:], packet[: HEADER.size])
        except InvalidTag as failure:
            raise ForgedError from failure
        return Opened(spi, sequence, iv, text)
    sealed, icv = packet[: -suite.icv_length], packet[-suite.icv_length :]
    if not hmac.compare_digest(_mac(keys, sealed), icv):
        raise ForgedError
    cipher = Cipher(AES(keys.encryption), CBC(iv)).decryptor()
    return Opened(spi, sequence, iv, cipher.update(sealed[body:]) + cipher.finalize())


def _mac(keys: Keys, sealed: bytes) -> bytes:
    assert keys.suite.digest
    return hmac.digest(keys.integrity, sealed, keys.suite.digest)[: keys.suite.icv_length]
