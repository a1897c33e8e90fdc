"""Answers of the ec2 protocol: XML, written by the service model's shapes.

Source: the AWS SDKs' protocol description ("EC2 query"). An element is named by the member's
`locationName` or name, members of a list are `item`. A member that is absent or None is left out.

Writers are built once per shape and join strings: describing a thousand VPN connections writes
some 100,000 elements.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import OperationModel, Shape

from landbridge.aws.errors import ApiError

CONTENT_TYPE = "text/xml;charset=UTF-8"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
_SPECIAL = re.compile("[&<>\r]")
_ENTITIES = {"\r": "&#13;"}
"A parser would read a bare carriage return as a line feed."

Writer = Callable[[Any], str]


def answer(operation: OperationModel, result: dict[str, Any], request_id: str) -> bytes:
    """Write an operation's answer."""
    body = _writer(operation.output_shape)(result) if operation.output_shape else ""
    name = f"{operation.name}Response"
    return (
        f'{_DECLARATION}<{name} xmlns="{_NAMESPACE}"><requestId>{request_id}</requestId>'
        f"{body}</{name}>"
    ).encode()


def error(refusal: ApiError, request_id: str) -> bytes:
    """Write a refusal."""
    return (
        f"{_DECLARATION}<Response><Errors><Error><Code>{refusal.wire_code}</Code>"
        f"<Message>{_text(refusal.message)}</Message></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    ).encode("utf-8", "replace")


@cache
def _writer(shape: Any) -> Writer:
    if shape.type_name == "structure":
        return _structure(shape)
    if shape.type_name == "list":
        item = _late(shape.member)
        return lambda values: "".join(f"<item>{item(value)}</item>" for value in values)
    return _SCALARS[shape.type_name]


def _late(shape: Shape) -> Writer:
    """Build a writer at first use: shapes may contain themselves."""
    if shape.type_name in _SCALARS:
        return _SCALARS[shape.type_name]
    built: list[Writer] = []

    def write(value: Any) -> str:
        if not built:
            built.append(_writer(shape))
        return built[0](value)

    return write


def _structure(shape: Any) -> Writer:
    members = {
        name: (member.serialization.get("name", name), _late(member))
        for name, member in shape.members.items()
    }

    def write(value: dict[str, Any]) -> str:
        parts = []
        for name, content in value.items():
            if content is not None:
                tag, writer = members[name]
                parts.append(f"<{tag}>{writer(content)}</{tag}>")
        return "".join(parts)

    return write


def _text(value: str) -> str:
    return escape(value, _ENTITIES) if _SPECIAL.search(value) else value


def _timestamp(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_SCALARS: dict[str, Writer] = {
    "string": _text,
    "character": _text,
    "integer": str,
    "long": str,
    "float": repr,
    "double": repr,
    "boolean": lambda value: "true" if value else "false",
    "timestamp": _timestamp,
    "blob": lambda value: base64.b64encode(value).decode(),
}
