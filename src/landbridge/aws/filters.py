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
Field = Callable[[Item], Iterable[str | None]]
"What a filter looks at in a resource as it would be answered: any of the strings may match."
Filters = Mapping[str, Field]
"The filters of a kind of resource besides `tag:KEY` and `tag-key`, by name."
_Test = Callable[[str], bool]

_WILDCARD = re.compile(r"[*?\\]")
_PART = re.compile(r"\\(?s:.)|[*?]|[^*?\\]+|\\")


def matching(
    items: Iterable[Item], filters: Sequence[Mapping[str, Any]] | None, fields: Filters
) -> list[dict[str, Any]]:
    """Keep the items that all filters of the request match."""
    if sum(len(one.get("Values", ())) for one in filters or ()) > MAX_VALUES:
        raise ApiError(
            f"The maximum number of filter values is {MAX_VALUES}.", code="FilterLimitExceeded"
        )
    compiled = [_compile(one, fields) for one in filters or ()]
    return [
        dict(item)
        for item in items
        if all(
            any(text is not None and test(text) for text in field(item)) for field, test in compiled
        )
    ]


def exact(filters: Sequence[Mapping[str, Any]] | None, name: str) -> Sequence[str] | None:
    """Give the values of a filter if what matches it has one of them and no other."""
    for one in filters or ():
        values: Sequence[str] = one.get("Values") or ()
        if one.get("Name") == name and values and not any(map(_WILDCARD.search, values)):
            return values
    return None


def _compile(one: Mapping[str, Any], fields: Filters) -> tuple[Field, _Test]:
    name = one.get("Name")
    field = _field(name, fields) if name else None
    if field is None:
        raise InvalidParameterValue(
            "Filter", name, message=f"The filter '{shown(name or 'null')}' is invalid"
        )
    if not one.get("Values"):
        raise MissingParameter("Filter.Value")
    return field, _any_of(one["Values"])


def _field(name: str, fields: Filters) -> Field | None:
    if name == "tag-key":
        return lambda item: [tag["Key"] for tag in item.get("Tags", ())]
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda item: [tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == key]
    return fields.get(name)


def _any_of(values: Sequence[str]) -> _Test:
    plain = {value for value in values if not _WILDCARD.search(value)}
    patterns = [_pattern(value) for value in values if value not in plain]
    return lambda text: text in plain or any(one.fullmatch(text) for one in patterns)


def _pattern(value: str) -> re.Pattern[str]:
    """Translate wildcards; atomic groups keep a value of many stars from taking long."""
    pieces = [""]
    for part in _PART.findall(value):
        if part == "*":
            pieces.append("")
        elif part == "?":
            pieces[-1] += "."
        else:
            pieces[-1] += re.escape(part[1:] if len(part) > 1 and part[0] == "\\" else part)
    first, *others = pieces
    if not others:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)
