"""What a handler is given besides its request."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network

from sqlalchemy.orm import Session

from landbridge.store.secrets import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request's surroundings, made by the dispatcher; the session is one transaction."""

    session: Session
    "Committed by the dispatcher when the handler returns, rolled back when it raises."
    now: datetime
    "The time of the request, UTC; handlers never read a clock."
    account_id: str
    "Twelve digits, the owner of whatever is created."
    region: str
    sealer: Sealer
    "Encrypts and decrypts what must not rest in plain text."
    outside_pool: IPv4Network
    "Outside addresses of tunnel endpoints; the first host is the router's."
