"""The EC2 query protocol: a form comes in, an XML document goes out, both by the service model.

    Filter.1.Name=state&Filter.1.Value.1=available     names as the model spells them in queries,
                                                       lists counted from 1
    <DescribeVpcsResponse xmlns="..."><requestId>...</requestId>
      <vpcSet><item><vpcId>...</vpcId></item></vpcSet></DescribeVpcsResponse>

For each shape a function is made once that reads or writes its values. Source: Smithy
specification, "AWS EC2 query protocol".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias

from botocore.model import OperationModel, Shape

from landbridge.aws.errors import (
    InvalidParameterValue,
    MalformedQueryString,
    MissingParameter,
    NoSuchVersion,
    UnknownParameter,
)
from landbridge.aws.protocols import scalars
from landbridge.aws.protocols.forms import Pair, Tree, tree

CONTENT_TYPE = "text/xml;charset=UTF-8"
MAX_EMPTY_ELEMENTS = 16
"Structures of a list that a form may leave out because nothing is set in them."

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_INDEX = re.compile(r"[1-9][0-9]{0,8}")

_Node: TypeAlias = "str | Tree"
_Read = Callable[[_Node, str], Any]
"A node of the form and its name to a value."
_Write = Callable[[Any, Callable[[str], None]], None]
"A value to pieces of text, each given to the function."


def action(pairs: Iterable[Pair]) -> str | None:
    """Tell which operation a form asks for."""
    return next((value for name, value in pairs if name == "Action" and value), None)


def parse(operation: OperationModel, pairs: Iterable[Pair]) -> dict[str, Any]:
    """Read an operation's input; what the model does not allow is refused."""
    form = tree(pairs)
    form.pop("Action", None)
    _check_version(form.pop("Version", ""), operation.service_model.api_version)
    shape = operation.input_shape
    if shape is None:
        for name in form:
            raise UnknownParameter(name)
        return {}
    answer: dict[str, Any] = _reader(shape)(form, "")
    return answer


def serialise(operation: OperationModel, answer: Mapping[str, Any], request_id: str) -> bytes:
    """Write the answer; a member that is None is left out, as one that is absent.

    A name or a type that the model does not have is our own mistake. An operation without
    output answers `return`, as EC2 does.
    """
    pieces: list[str] = []
    if operation.output_shape is not None:
        write = _writer(operation.output_shape)
        write(answer, pieces.append)
    elif answer:
        raise TypeError(f"{operation.name} has no output")
    else:
        pieces.append("<return>true</return>")
    root = f"{operation.name}Response"
    namespace = operation.metadata["xmlNamespace"].rstrip("/") + "/"
    return scalars.encode(
        f'{_DECLARATION}<{root} xmlns="{namespace}">'
        f"<requestId>{scalars.escape(request_id)}</requestId>{''.join(pieces)}</{root}>"
    )


def serialise_error(code: str, message: str, request_id: str) -> bytes:
    """Write a refusal."""
    return scalars.encode(
        f"{_DECLARATION}<Response><Errors><Error><Code>{scalars.escape(code)}</Code>"
        f"<Message>{scalars.escape(message)}</Message></Error></Errors>"
        f"<RequestID>{scalars.escape(request_id)}</RequestID></Response>"
    )


def _check_version(version: _Node, served: str) -> None:
    if not isinstance(version, str) or not version:
        raise MissingParameter("Version")
    if version != served:
        raise NoSuchVersion(version, served=served)


@cache
def _reader(shape: Any) -> _Read:
    """Make the function that reads a shape; `models` keeps the shapes, this their functions."""
    if shape.type_name == "structure":
        return _structure_reader(shape)
    if shape.type_name == "list":
        return _list_reader(_reader(shape.member), shape)
    read_text = scalars.reader(shape)

    def read(node: _Node, name: str) -> Any:
        if isinstance(node, str):
            return read_text(node, name)
        raise UnknownParameter(f"{name}.{next(iter(node))}")

    return read


def _structure_reader(shape: Any) -> _Read:
    members = {
        _query_name(member, name): (name, _reader(member)) for name, member in shape.members.items()
    }
    required = [(name, _query_name(shape.members[name], name)) for name in shape.required_members]

    def read(node: _Node, path: str) -> dict[str, Any]:
        if isinstance(node, str):
            raise MalformedQueryString(f"The parameter {path} is a structure, not a value.")
        prefix = f"{path}." if path else ""
        answer = {}
        for part, child in node.items():
            if part not in members:
                raise UnknownParameter(prefix + part)
            name, read_member = members[part]
            answer[name] = read_member(child, prefix + part)
        for name, part in required:
            if answer.get(name, "") in ("", [], {}):
                raise MissingParameter(prefix + part)
        return answer

    return read


def _list_reader(read_element: _Read, shape: Any) -> _Read:
    of_structures = shape.member.type_name == "structure"
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")

    def read(node: _Node, path: str) -> list[Any]:
        if node == "":
            return []
        if isinstance(node, str):
            raise MalformedQueryString(f"The parameter {path} is a list: {path}.1 is its first.")
        indexes = _indexes(node, path)
        if indexes[-1] > len(indexes) + MAX_EMPTY_ELEMENTS * of_structures:
            raise MalformedQueryString(f"The list {path} is not counted 1, 2, 3, ...")
        if indexes[-1] < least or (most is not None and indexes[-1] > most):
            raise InvalidParameterValue(
                path, f"{indexes[-1]} elements", allowed=f"{least} to {most} elements"
            )
        return [
            read_element(node.get(str(index), {}), f"{path}.{index}")
            for index in range(1, indexes[-1] + 1)
        ]

    return read


def _indexes(node: Tree, path: str) -> list[int]:
    for part in node:
        if _INDEX.fullmatch(part) is None:
            raise UnknownParameter(f"{path}.{part}")
    return sorted(map(int, node))


def _query_name(shape: Shape, name: str) -> str:
    query_name: str | None = shape.serialization.get("queryName")
    location: str = shape.serialization.get("name", name)
    if "name" in shape.serialization:
        location = location[0].upper() + location[1:]
    return query_name or location


@cache
def _writer(shape: Any) -> _Write:
    """Make the function that writes what is inside the element of a structure."""
    members = {
        name: _element_writer(member.serialization.get("name", name), member)
        for name, member in shape.members.items()
    }

    def write(value: Mapping[str, Any], put: Callable[[str], None]) -> None:
        for name, member in value.items():
            if member is not None:
                members[name](member, put)

    return write


def _element_writer(name: str, shape: Any) -> _Write:
    """Make the function that writes an element and what is inside."""
    start, end = f"<{name}>", f"</{name}>"
    if shape.type_name not in {"structure", "list"}:
        text = scalars.writer(shape)
        return lambda value, put: put(f"{start}{text(value)}{end}")
    write_inside = _writer(shape) if shape.type_name == "structure" else _list_writer(shape)

    def write(value: Any, put: Callable[[str], None]) -> None:
        put(start)
        write_inside(value, put)
        put(end)

    return write


def _list_writer(shape: Any) -> _Write:
    write_element = _element_writer(shape.member.serialization.get("name", "item"), shape.member)

    def write(value: Iterable[Any], put: Callable[[str], None]) -> None:
        for one in value:
            write_element(one, put)

    return write
