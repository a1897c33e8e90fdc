"""Filters of Describe operations, applied to what would be answered.

All filters must match, each by one of its values. In a value `*` stands for any characters and
`?` for one; a backslash takes their meaning away. Source: Amazon EC2 user guide, "Filtering
Amazon EC2 resources"; limit of values likewise.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from landbridge.aws.errors import ApiError, InvalidParameterValue, MissingParameter, shown

MAX_VALUES = 200
"Of all filters of a request together."

Item = Mapping[str, Any]
Field = Callable[[Item], Iterable[str]]
"What a filter looks at in a resource as it would be answered: any of the strings may match."
_Test = Callable[[str], bool]

_TOKEN = re.compile(r"\\(?s:.)|[*?]|[^*?\\]+|\\")


def member(*path: str) -> Field:
    """Look at one member, found by its path through structures and lists; absent is no match."""

    def look(item: Item) -> Iterable[str]:
        found: list[Any] = [item]
        for name in path:
            found = [value for one in found for value in _as_list(one.get(name))]
        return [_text(value) for value in found]

    return look


def matching(
    items: Iterable[Item], filters: Sequence[Mapping[str, Any]] | None, fields: Mapping[str, Field]
) -> list[dict[str, Any]]:
    """Keep the items that all filters of the request match.

    `fields` has the filters that this kind of resource knows besides `tag:KEY` and `tag-key`.
    """
    if sum(len(one.get("Values", ())) for one in filters or ()) > MAX_VALUES:
        raise ApiError(
            "FilterLimitExceeded", f"The maximum number of filter values is {MAX_VALUES}."
        )
    compiled = [_compile(one, fields) for one in filters or ()]
    return [
        dict(item) for item in items if all(any(map(test, field(item))) for field, test in compiled)
    ]


def _compile(one: Mapping[str, Any], fields: Mapping[str, Field]) -> tuple[Field, _Test]:
    name = one.get("Name")
    field = _field(name, fields) if name else None
    if field is None:
        raise InvalidParameterValue(
            "Filter", name, message=f"The filter '{shown(name or 'null')}' is invalid"
        )
    if not one.get("Values"):
        raise MissingParameter("Filter.Value")
    return field, _any_of(one["Values"])


def _field(name: str, fields: Mapping[str, Field]) -> Field | None:
    if name == "tag-key":
        return lambda item: [tag["Key"] for tag in item.get("Tags", ())]
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda item: [tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == key]
    return fields.get(name)


def _any_of(values: Sequence[str]) -> _Test:
    plain = {value for value in values if not re.search(r"[*?\\]", value)}
    patterns = [_pattern(value) for value in values if value not in plain]
    return lambda text: text in plain or any(one.fullmatch(text) for one in patterns)


def _pattern(value: str) -> re.Pattern[str]:
    """Translate wildcards; atomic groups keep a value of many stars from taking long."""
    pieces = [""]
    for token in _TOKEN.findall(value):
        if token == "*":
            pieces.append("")
        elif token == "?":
            pieces[-1] += "."
        else:
            pieces[-1] += re.escape(token[1:] if len(token) > 1 and token[0] == "\\" else token)
    first, *others = pieces
    if not others:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
