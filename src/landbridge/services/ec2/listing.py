"""The lists of Describe operations: filters as paths through the answer, pages, hidden members.

A member whose name begins with an underscore is there for filters and keys only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from landbridge.aws import filters
from landbridge.aws.filters import Field, Item
from landbridge.aws.pagination import page
from landbridge.services.ec2.resources import without_none
from landbridge.services.registry import Request, Response


def listing(
    name: str,
    items: Iterable[Item],
    request: Request,
    fields: filters.Filters,
    *,
    key: str,
    complete: Callable[[Sequence[Item]], Sequence[Item]] = list,
) -> Response:
    """Answer the page of the items that the request's filters match, as the member `name`.

    `key` is the member by which pages are cut; it differs between items. `complete` adds to the
    items of the page what is too costly to be made for those that are not answered.
    """
    matching = filters.matching(items, request.get("Filters"), fields)
    page_of_items, token = page(matching, request, key=lambda one: str(one[key]))
    chosen = complete(page_of_items)
    return without_none({name: [public(one) for one in chosen], "NextToken": token})


def public(item: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is there for filters and keys only."""
    return {name: value for name, value in item.items() if not name.startswith("_")}


def member(path: str) -> Field:
    """Look at the values at the end of a path such as `Associations.Main`, through all lists."""
    names = path.split(".")

    def look(item: Item) -> Iterable[str]:
        found: list[Any] = [item]
        for name in names:
            found = [value for one in found for value in _values(one.get(name))]
        return [str(one).lower() if isinstance(one, bool) else str(one) for one in found]

    return look


def absent(*names: str) -> dict[str, Field]:
    """Make filters for what no resource here has: they match nothing."""
    return dict.fromkeys(names, lambda _: ())


def _values(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
