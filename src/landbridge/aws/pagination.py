"""MaxResults and NextToken over a list.

A token names the last item of the page by its key, so that what is created or deleted between
two pages neither repeats nor hides another item.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from landbridge.aws.errors import ApiError

T = TypeVar("T")

_CHECK_BYTES = 8


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list."""

    items: Sequence[T]
    next_token: str | None
    "Asks for the rest; None on the last page."

    def answer(self, name: str) -> dict[str, Any]:
        """Make the answer: the items under their member's name, and NextToken if any."""
        token = {"NextToken": self.next_token} if self.next_token else {}
        return {name: list(self.items), **token}


def page(
    items: Sequence[T], request: Mapping[str, Any], *, operation: str, key: Callable[[T], str]
) -> Page[T]:
    """Cut the page that the request asks for out of all items.

    `key` must differ between items; the pages are in its order. A token of another operation
    is refused. Without MaxResults and NextToken the list stays whole and in its order.
    """
    limit, token = request.get("MaxResults"), request.get("NextToken")
    if limit is None and not token:
        return Page(items, None)
    after = _read(token, operation) if token else None
    left = sorted((one for one in items if after is None or key(one) > after), key=key)
    if limit is None or len(left) <= limit:
        return Page(left, None)
    kept = left[: max(limit, 1)]
    return Page(kept, _write(key(kept[-1]), operation))


def _check(key: bytes, operation: str) -> bytes:
    return hashlib.sha256(operation.encode() + b"\0" + key).digest()[:_CHECK_BYTES]


def _write(key: str, operation: str) -> str:
    raw = key.encode()
    return base64.urlsafe_b64encode(_check(raw, operation) + raw).decode()


def _read(token: str, operation: str) -> str:
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        check, key = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        if check == _check(key, operation):
            return key.decode()
    except (UnicodeError, binascii.Error):
        pass
    raise ApiError("InvalidNextToken", "The specified NextToken is not valid.")
