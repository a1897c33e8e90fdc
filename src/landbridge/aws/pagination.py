"""MaxResults and NextToken over a list.

A token names the last item of the page by its key, so that what is created or deleted between
two pages neither repeats nor hides another item.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from landbridge.aws.errors import ApiError, InvalidParameterValue

T = TypeVar("T")

_CHECK_BYTES = 8


def page(
    items: Sequence[T], request: Mapping[str, Any], *, key: Callable[[T], str]
) -> tuple[list[T], str | None]:
    """Cut the page that the request asks for; the token asks for the rest, None if there is none.

    `key` must differ between items; the pages are in its order. Without MaxResults and
    NextToken the list stays whole and in its own order.
    """
    limit, token = request.get("MaxResults"), request.get("NextToken")
    if limit is None and not token:
        return list(items), None
    if limit is not None and limit < 1:
        raise InvalidParameterValue("MaxResults", limit, allowed="an integer of 1 or more")
    after = _read(token) if token else None
    left = sorted((one for one in items if after is None or key(one) > after), key=key)
    if limit is None or len(left) <= limit:
        return left, None
    kept = left[:limit]
    return kept, _write(key(kept[-1]))


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"landbridge page\0" + key).digest()[:_CHECK_BYTES]


def _write(key: str) -> str:
    raw = key.encode()
    return base64.urlsafe_b64encode(_check(raw) + raw).decode()


def _read(token: str) -> str:
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        check, key = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        if check == _check(key):
            return key.decode()
    except (UnicodeError, binascii.Error):
        pass
    raise ApiError("The specified NextToken is not valid.", code="InvalidNextToken")
