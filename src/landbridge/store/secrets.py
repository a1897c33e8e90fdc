"""What must not rest in plain text: sealed with AES-256-GCM under a key in a file of its own.

The file is made at first start, readable by its owner only. Source: NIST SP 800-38D; the nonce
is 96 random bits, far from its limit at the rate at which people make pre-shared keys.
"""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BITS = 256


class SealBrokenError(ValueError):
    """A sealed text that this key did not seal, or not for this purpose."""


class Sealer:
    """Seals and opens short texts."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    @classmethod
    def from_file(cls, path: Path) -> "Sealer":
        """Read the key, or make one if the file does not exist."""
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path.read_bytes())
        key = AESGCM.generate_key(_KEY_BITS)
        with os.fdopen(fd, "wb") as file:
            file.write(key)
        return cls(key)

    def seal(self, text: str, *, purpose: str) -> str:
        """Encrypt; `purpose` (for example the resource's id) must be the same on opening."""
        nonce = os.urandom(_NONCE_BYTES)
        box = nonce + self._aead.encrypt(nonce, text.encode(), purpose.encode())
        return base64.b64encode(box).decode()

    def open(self, sealed: str, *, purpose: str) -> str:
        """Decrypt; raises `SealBrokenError`."""
        try:
            box = base64.b64decode(sealed, validate=True)
            return self._aead.decrypt(
                box[:_NONCE_BYTES], box[_NONCE_BYTES:], purpose.encode()
            ).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError(f"cannot open what was sealed for {purpose}") from error


def fingerprint(sealed: str) -> str:
    """Name a sealed text: it changes when the text is sealed anew and tells nothing about it."""
    return hashlib.sha256(sealed.encode()).hexdigest()[:16]
