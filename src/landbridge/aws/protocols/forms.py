"""Forms (`application/x-www-form-urlencoded`) read strictly, and the tree that dotted names make.

What a lenient reader would guess at is refused: broken percent-encoding, bytes that are not
UTF-8, the same name twice, a name that is both a value and a structure.
"""

import re
from collections.abc import Iterable
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from landbridge.aws.errors import ApiError, MalformedQueryString, shown

Pair = tuple[str, str]
Tree: TypeAlias = "dict[str, str | Tree]"
"`Filter.1.Name=x` is `{'Filter': {'1': {'Name': 'x'}}}`."

MAX_PARAMETERS = 10_000
MAX_DEPTH = 32
"Parts of a dotted name; EC2's deepest has fewer."

_BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def read(form: bytes) -> list[Pair]:
    """Decode a form into names and values, in order."""
    pieces = [piece for piece in form.split(b"&") if piece]
    if len(pieces) > MAX_PARAMETERS:
        raise MalformedQueryString(f"The request has more than {MAX_PARAMETERS} parameters.")
    pairs = []
    for piece in pieces:
        name, _, value = piece.partition(b"=")
        pairs.append((_decode(name), _decode(value)))
    return pairs


def tree(pairs: Iterable[Pair]) -> Tree:
    """Arrange parameters by the parts of their names."""
    root: Tree = {}
    for name, value in pairs:
        *parents, last = name.split(".", MAX_DEPTH)
        if len(parents) == MAX_DEPTH:
            raise MalformedQueryString(f"The parameter {shown(name)} is nested too deeply.")
        node = root
        for part in parents:
            child = node.setdefault(part, {})
            if isinstance(child, str):
                raise _twice(name)
            node = child
        if last in node:
            raise _twice(name)
        node[last] = value
    return root


def _decode(text: bytes) -> str:
    if _BROKEN_PERCENT.search(text):
        raise MalformedQueryString("The request has a broken percent-encoding.")
    try:
        return unquote_to_bytes(text.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise ApiError("The request is not UTF-8.", code="InvalidCharacter") from None


def _twice(name: str) -> MalformedQueryString:
    return MalformedQueryString(
        f"The parameter {shown(name)} is given more than once, or both as a value and a structure."
    )
