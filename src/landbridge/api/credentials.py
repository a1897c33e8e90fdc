"""The root user's access key, made at the first start.

In a file that root and the api can read. Lengths are those of AWS: 20 characters and 40.
"""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass
from pathlib import Path

from landbridge.settings import StateError

_KEY_ALPHABET = string.ascii_uppercase + "234567"
_SECRET_ALPHABET = string.ascii_letters + string.digits + "+/"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and its root user's access key."""

    account_id: str
    "Twelve digits."
    access_key_id: str
    secret_access_key: str

    def secret_of(self, access_key_id: str) -> str | None:
        """Look up the secret of an access key."""
        return self.secret_access_key if access_key_id == self.access_key_id else None


def load_or_create(path: Path) -> Credentials:
    """Read the credentials, or make them if there are none."""
    try:
        return load(path)
    except FileNotFoundError:
        pass
    made = Credentials(
        account_id="".join(secrets.choice(string.digits) for _ in range(12)),
        access_key_id="AKIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16)),
        secret_access_key="".join(secrets.choice(_SECRET_ALPHABET) for _ in range(40)),
    )
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        json.dump(asdict(made), file, indent=2)
    return made


def load(path: Path) -> Credentials:
    """Read the credentials; raises `FileNotFoundError` before the first start.

    Raises `StateError` when what is there is nothing that we have written.
    """
    try:
        known = Credentials(**json.loads(path.read_text()))
        if not all(isinstance(value, str) for value in asdict(known).values()):
            raise TypeError
        return known
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, ValueError, TypeError) as error:
        raise StateError(
            f"the credentials {path} cannot be read: {_reason(error)}",
            "Put back a copy, or remove it: new ones are made at the next start.",
        ) from error


def _reason(error: Exception) -> str:
    """Say what is wrong, without what is in the file."""
    return str(error.strerror) if isinstance(error, OSError) else "not what Landbridge has written"
