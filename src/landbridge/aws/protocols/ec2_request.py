"""Requests of the ec2 protocol: forms, read by the service model's shapes.

Source: the AWS SDKs' protocol description ("EC2 query"). A member's name is its `queryName`, or
its `locationName` with a capital first letter, or its name; lists are flattened
(`VpnConnectionId.1`).
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationModel, Shape, StructureShape

from landbridge.aws.errors import (
    InvalidParameterValue,
    MalformedRequest,
    MissingParameter,
    UnknownParameter,
)

_MOST_PARAMETERS = 2000
_LARGEST_INDEX = 1000
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGERS = {"integer": 1 << 31, "long": 1 << 63}

Tree = dict[str, Any]
"The form's dotted names as nested dicts; leaves are str."


def parse_form(text: bytes) -> dict[str, str]:
    """Read a form: names and values, each name once, all UTF-8."""
    try:
        pairs = parse_qsl(
            text.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except (UnicodeError, ValueError) as error:
        raise MalformedRequest(
            f"The request is not a form of at most {_MOST_PARAMETERS} UTF-8 parameters"
        ) from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise MalformedRequest("The request contains a parameter twice")
    return form


def parse_request(operation: OperationModel, form: Mapping[str, str]) -> dict[str, Any]:
    """Read an operation's input from a form without `Action` and `Version`.

    Raises for what the shape does not know, does not take, or needs and does not get.
    """
    if operation.input_shape is None:
        if form:
            raise UnknownParameter(min(form))
        return {}
    parsed = _structure(operation.input_shape, _tree(form), "")
    assert isinstance(parsed, dict)
    return parsed


def _tree(form: Mapping[str, str]) -> Tree:
    root: Tree = {}
    for name, value in form.items():
        node = root
        *path, leaf = name.split(".")
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise MalformedRequest(f"The parameter {name} is given in two forms")
        if leaf in node:
            raise MalformedRequest(f"The parameter {name} is given in two forms")
        node[leaf] = value
    return root


@cache
def _members(shape: StructureShape) -> dict[str, tuple[str, Shape]]:
    """Name on the wire -> member name and shape."""
    return {_query_name(name, member): (name, member) for name, member in shape.members.items()}


def _query_name(name: str, member: Shape) -> str:
    if "queryName" in member.serialization:
        return str(member.serialization["queryName"])
    wire = str(member.serialization.get("name", name))
    return wire[:1].upper() + wire[1:]


def _parse(shape: Shape, node: Any, path: str) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, node, path)
    if shape.type_name == "list":
        return _list(shape, node, path)
    if isinstance(node, dict):
        raise UnknownParameter(f"{path}.{min(node)}")
    return _scalar(shape, node, path)


def _structure(shape: Any, node: Any, path: str) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise InvalidParameterValue(path, node, allowed=f"members such as {path}.Name")
    known = _members(shape)
    parsed: dict[str, Any] = {}
    for name, value in node.items():
        full = f"{path}.{name}" if path else name
        if name not in known:
            raise UnknownParameter(full)
        member, member_shape = known[name]
        parsed[member] = _parse(member_shape, value, full)
    for member in shape.required_members:
        if member not in parsed:
            wire = _query_name(member, shape.members[member])
            raise MissingParameter(f"{path}.{wire}" if path else _lower(wire))
    return parsed


def _lower(name: str) -> str:
    """EC2 writes top-level parameters in its messages like `vpnGatewayId`."""
    return name[:1].lower() + name[1:]


def _list(shape: Any, node: Any, path: str) -> list[Any]:
    if not isinstance(node, dict):
        raise InvalidParameterValue(path, node, allowed=f"numbered members such as {path}.1")
    indexed = {_index(index, path): value for index, value in node.items()}
    if len(indexed) != len(node):
        raise MalformedRequest(f"The parameter {path} has a member twice")
    return [_parse(shape.member, indexed[at], f"{path}.{at}") for at in sorted(indexed)]


def _index(text: str, path: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:9]) <= _LARGEST_INDEX:
        raise UnknownParameter(f"{path}.{text[:32]}")
    return int(text[:9])


def _scalar(shape: Shape, text: str, path: str) -> Any:
    kind = shape.type_name
    if kind == "string":
        return _string(shape, text, path)
    try:
        value = _READERS[kind](text)
    except ValueError as error:
        raise InvalidParameterValue(path, text, allowed=_ALLOWED[kind]) from error
    _check_range(shape, value, path)
    return value


def _string(shape: Any, text: str, path: str) -> str:
    if shape.enum and text not in shape.enum:
        raise InvalidParameterValue(path, text, allowed=_some(shape.enum))
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and len(text) < low) or (high is not None and len(text) > high):
        raise InvalidParameterValue(
            path, text[:64], allowed=f"{low or 0} to {high or 'any number of'} characters"
        )
    if _NOT_IN_XML.search(text):
        raise InvalidParameterValue(path, ascii(text), allowed="text that XML can carry")
    return text


def _some(values: Iterable[str], most: int = 12) -> str:
    listed = list(values)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")


def _check_range(shape: Shape, value: Any, path: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        return
    bound = _INTEGERS.get(shape.type_name, 1 << 63)
    low = shape.metadata.get("min", -bound)
    high = shape.metadata.get("max", bound - 1)
    if not low <= value <= high:
        raise InvalidParameterValue(path, value, allowed=f"an integer from {low} to {high}")


def _read_integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        raise ValueError(text)
    return int(text)


def _read_boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _read_timestamp(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_blob(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": _read_integer,
    "long": _read_integer,
    "boolean": _read_boolean,
    "float": float,
    "double": float,
    "timestamp": _read_timestamp,
    "blob": _read_blob,
}
_ALLOWED = {
    "integer": "an integer",
    "long": "an integer",
    "boolean": "true or false",
    "float": "a number",
    "double": "a number",
    "timestamp": "a time as in ISO 8601",
    "blob": "Base64",
}
