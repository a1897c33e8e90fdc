"""Scalars of a service model: from the text of a form, and to the text of an XML document."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape

from landbridge.aws.errors import InvalidParameterValue

Read = Callable[[str, str], Any]
"Text and the parameter's name to a value, or `InvalidParameterValue`."
Write = Callable[[Any], str]
"A value to text that XML can hold."

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_BITS = {"integer": 31, "long": 63}
_NOT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"What XML 1.0 cannot hold, escaped or not (section 2.2, Char)."
_CONTROLS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_REPLACED = bytes.maketrans(_CONTROLS, b"?" * len(_CONTROLS))


def reader(shape: Shape) -> Read:
    """Make the function that reads values of a shape and holds them to the model's limits."""
    hidden = bool(shape.metadata.get("sensitive"))

    def read(text: str, name: str) -> Any:
        try:
            return convert(shape, text)
        except _NotAllowedError as problem:
            raise InvalidParameterValue(
                name, "sensitive" if hidden else text, allowed=problem.allowed
            ) from None

    convert = _CONVERT[shape.type_name]
    return read


def writer(shape: Shape) -> Write:
    """Make the function that writes values of a shape; a value of another type is our mistake."""
    return _WRITE[shape.type_name]


def escape(text: str) -> str:
    """Write text so that XML reads it back."""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    )


def encode(document: str) -> bytes:
    """Write a document as UTF-8; a question mark stands for what XML 1.0 cannot hold.

    No value has such characters, but a refusal may show a customer what he sent.
    """
    content = document.encode(errors="replace").translate(_REPLACED)
    if document.isascii():
        return content
    return content.replace("\ufffe".encode(), b"?").replace("\uffff".encode(), b"?")


class _NotAllowedError(ValueError):
    def __init__(self, allowed: str) -> None:
        super().__init__(allowed)
        self.allowed = allowed


def _read_string(shape: Shape, text: str) -> str:
    if _NOT_FOR_XML.search(text):
        raise _NotAllowedError("a text without control characters and others that XML cannot carry")
    words: list[str] = shape.metadata.get("enum", [])
    if words and text not in words:
        raise _NotAllowedError("one of " + ", ".join(words[:20]) + (", ..." * (len(words) > 20)))
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", math.inf)
    if not least <= len(text) <= most:
        raise _NotAllowedError(f"a text of {_span(least, most)} characters")
    return text


def _read_integer(shape: Shape, text: str) -> int:
    bound: int = 1 << _BITS[shape.type_name]
    least, most = shape.metadata.get("min", -bound), shape.metadata.get("max", bound - 1)
    if _INTEGER.fullmatch(text) is None or not least <= int(text) <= most:
        raise _NotAllowedError(f"an integer of {_span(least, most)}")
    return int(text)


def _read_float(shape: Shape, text: str) -> float:
    least, most = shape.metadata.get("min", -math.inf), shape.metadata.get("max", math.inf)
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not (math.isfinite(value) and least <= value <= most):
        raise _NotAllowedError("a finite number" if least == -math.inf else _span(least, most))
    return value


def _read_boolean(_shape: Shape, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise _NotAllowedError("true or false")
    return text.lower() == "true"


def _read_timestamp(_shape: Shape, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _NotAllowedError("a time as 2026-01-31T23:59:59Z") from None


def _read_blob(_shape: Shape, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _NotAllowedError("base64") from None


def _span(least: float, most: float) -> str:
    return f"{least} or more" if most == math.inf else f"{least} to {most}"


def _write_string(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is wanted, not {type(value).__name__}")
    return escape(value)


def _write_integer(value: int) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"an integer is wanted, not {type(value).__name__}")
    return str(int(value))


def _write_float(value: float) -> str:
    return repr(float(value))


def _write_boolean(value: bool) -> str:
    if not isinstance(value, bool):
        raise TypeError(f"a boolean is wanted, not {type(value).__name__}")
    return "true" if value else "false"


def _write_timestamp(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("a time with its time zone is wanted")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write_blob(value: bytes) -> str:
    return base64.b64encode(value).decode()


_CONVERT: dict[str, Callable[[Shape, str], Any]] = {
    "string": _read_string,
    "integer": _read_integer,
    "long": _read_integer,
    "float": _read_float,
    "double": _read_float,
    "boolean": _read_boolean,
    "timestamp": _read_timestamp,
    "blob": _read_blob,
}
_WRITE: dict[str, Write] = {
    "string": _write_string,
    "integer": _write_integer,
    "long": _write_integer,
    "float": _write_float,
    "double": _write_float,
    "boolean": _write_boolean,
    "timestamp": _write_timestamp,
    "blob": _write_blob,
}
