"""Tags: CreateTags, DeleteTags, DescribeTags, and TagSpecifications of the creating requests.

Source: Amazon EC2 User Guide, "Tag restrictions".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, delete, or_, select

from landbridge.aws.errors import ApiError, InvalidParameterValue, MissingParameter, shown
from landbridge.aws.filters import Filters, exact
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import KINDS, Kind
from landbridge.services.ec2.listing import listing, member
from landbridge.services.ec2.resources import VISIBLE_AFTER_DELETION
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.base import Resource
from landbridge.store.tables.vpc import Tag

_MOST_TAGS = 50
_LONGEST_KEY, _LONGEST_VALUE = 128, 256

_TAGS = (
    select(Tag.resource_id, Tag.key, Tag.value)
    .where(Tag.resource_id.in_(bindparam("ids", expanding=True)))
    .order_by(Tag.key)
)


def specified(request: Request, kind: Kind) -> dict[str, str]:
    """Read the tags for the resource that a request creates."""
    tags: dict[str, str] = {}
    for specification in request.get("TagSpecifications") or []:
        resource_type = specification.get("ResourceType")
        if resource_type != kind.resource_type:
            raise InvalidParameterValue(
                "TagSpecification.ResourceType", resource_type, allowed=kind.resource_type
            )
        _collect(specification.get("Tags") or [], tags)
    return tags


def create(ctx: Context, resource_id: str, tags: Mapping[str, str]) -> None:
    """Tag a resource that has just been created."""
    ctx.session.add_all(
        Tag(resource_id=resource_id, key=key, value=value) for key, value in tags.items()
    )


def remove(ctx: Context, resource_ids: Iterable[str]) -> None:
    """Take all tags off resources that cease to be visible as they are deleted."""
    ctx.session.execute(delete(Tag).where(Tag.resource_id.in_(list(resource_ids))))


def tags_of(ctx: Context, resource_ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Load the tags of many resources at once; every id gets a list."""
    found: dict[str, list[dict[str, str]]] = {one: [] for one in resource_ids}
    for tag in ctx.session.execute(_TAGS, {"ids": list(found)}):
        found[tag.resource_id].append({"Key": tag.key, "Value": tag.value})
    return found


def _collect(given: list[dict[str, str]], tags: dict[str, str]) -> None:
    for tag in given:
        key, value = tag.get("Key") or "", tag.get("Value") or ""
        _check_key(key)
        if len(value) > _LONGEST_VALUE:
            raise _invalid(
                value, f"Tag value exceeds the maximum length of {_LONGEST_VALUE} characters"
            )
        if key in tags:
            raise _invalid(key, f"Duplicate tag key '{key}' specified.")
        tags[key] = value
    _check_count(len(tags))


def _check_key(key: str) -> None:
    if not key:
        raise _invalid(key, "Tag key cannot be empty.")
    if len(key) > _LONGEST_KEY:
        raise _invalid(key, f"Tag key exceeds the maximum length of {_LONGEST_KEY} characters")
    if key.lower().startswith("aws:"):
        raise _invalid(
            key, f"Tag keys starting with 'aws:' are reserved for internal use, not '{key}'"
        )


def _invalid(value: str, message: str) -> InvalidParameterValue:
    return InvalidParameterValue("Tag", value, message=message)


def _check_count(count: int) -> None:
    if count > _MOST_TAGS:
        raise ApiError(
            f"A resource has at most {_MOST_TAGS} tags, not {count}", code="TagLimitExceeded"
        )


def _check_exists(ctx: Context, resource_id: str) -> None:
    kind = KINDS.get(resource_id.rpartition("-")[0])
    if kind is None:
        raise ApiError(f"The ID '{shown(resource_id)}' is not valid", code="InvalidID")
    found = ctx.session.get(kind.table, resource_id)
    if found is None or getattr(found, "deleted_at", None) is not None:
        raise kind.missing(resource_id)


@operation("CreateTags")
def create_tags(ctx: Context, request: Request) -> Response:
    """Add tags to resources; the value of a key that is there already is replaced."""
    tags: dict[str, str] = {}
    _collect(request["Tags"], tags)
    for resource_id in request["Resources"]:
        _check_exists(ctx, resource_id)
        for key, value in tags.items():
            ctx.session.merge(Tag(resource_id=resource_id, key=key, value=value))
        ctx.session.flush()
        _check_count(len(tags_of(ctx, [resource_id])[resource_id]))
    return {}


@operation("DeleteTags")
def delete_tags(ctx: Context, request: Request) -> Response:
    """Remove tags: all, those with a key, or those with a key and a value (may be empty)."""
    for resource_id in request["Resources"]:
        _check_exists(ctx, resource_id)
        if not request.get("Tags"):
            remove(ctx, [resource_id])
        for tag in request.get("Tags") or []:
            if not tag.get("Key"):
                raise MissingParameter("Tag.Key")
            doomed = delete(Tag).where(Tag.resource_id == resource_id, Tag.key == tag["Key"])
            if tag.get("Value") is not None:
                doomed = doomed.where(Tag.value == tag["Value"])
            ctx.session.execute(doomed)
    return {}


def _key_filter(item: Mapping[str, Any]) -> list[str]:
    return [item["Key"]]


_FILTERS: Filters = {
    "key": _key_filter,
    "tag-key": _key_filter,
    "value": member("Value"),
    "resource-id": member("ResourceId"),
    "resource-type": member("ResourceType"),
}


@operation("DescribeTags")
def describe_tags(ctx: Context, request: Request) -> Response:
    """List tags of what exists, or was deleted a short while ago and is still described."""
    query = select(Tag).order_by(Tag.resource_id, Tag.key)
    wanted = exact(request.get("Filters"), "resource-id")
    if wanted is not None:
        query = query.where(Tag.resource_id.in_(wanted))
    found = list(ctx.session.scalars(query))
    visible = _visible(ctx, {tag.resource_id for tag in found})
    described = [
        {
            "Key": tag.key,
            "Value": tag.value,
            "ResourceId": tag.resource_id,
            "ResourceType": KINDS[tag.resource_id.rpartition("-")[0]].resource_type,
            "Tags": [{"Key": tag.key, "Value": tag.value}],
            "_Place": f"{tag.resource_id} {tag.key}",
        }
        for tag in found
        if tag.resource_id in visible
    ]
    answer = listing("Tags", described, request, _FILTERS, key="_Place")
    for one in answer["Tags"]:
        del one["Tags"]  # it was there for the filter tag:KEY
    return answer


def _visible(ctx: Context, resource_ids: set[str]) -> set[str]:
    visible: set[str] = set()
    for kind in KINDS.values():
        table: Any = kind.table
        ids = [one for one in resource_ids if one.startswith(f"{kind.prefix}-")]
        query = select(table.id).where(table.id.in_(ids))
        if issubclass(kind.table, Resource):
            recent = kind.table.deleted_at > ctx.now - VISIBLE_AFTER_DELETION
            query = query.where(or_(kind.table.deleted_at.is_(None), recent))
        visible.update(ctx.session.scalars(query))
    return visible
