"""What must not rest in plain text: sealed with AES-256-GCM under a key in a file of its own.

The file is made at the first start, and whoever loses it loses every secret: nothing else opens
them. Source: NIST SP 800-38D; the nonce is 96 random bits, far from its limit at the rate at which
people make pre-shared keys.
"""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from landbridge.settings import StateError

_NONCE_BYTES = 12
_KEY_BITS = 256


class SealBrokenError(ValueError):
    """A sealed text that this key did not seal, or not for this purpose."""


class Sealer:
    """Seals and opens short texts."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    @classmethod
    def make(cls, path: Path) -> "Sealer":
        """Make a key and keep it in a new file, for its owner only."""
        key = AESGCM.generate_key(_KEY_BITS)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(fd)
        return cls(key)

    @classmethod
    def from_file(cls, path: Path) -> "Sealer":
        """Read the key; raises `StateError` when there is none, or what is there is not one."""
        remedy = "Put back the one with which the store was used: without it its secrets are lost."
        try:
            key = path.read_bytes()
        except FileNotFoundError as error:
            raise StateError(f"the sealing key {path} is missing", remedy) from error
        except PermissionError:
            raise
        except OSError as error:
            raise StateError(f"the sealing key {path}: {error.strerror}", remedy) from error
        if len(key) * 8 != _KEY_BITS:
            found = f"has {len(key)} bytes, not {_KEY_BITS // 8}"
            raise StateError(f"the sealing key {path} {found}", remedy)
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
