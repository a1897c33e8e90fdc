"""Tags: CreateTags, DeleteTags, DescribeTags, and TagSpecifications of the creating requests.

Source: Amazon EC2 User Guide, "Tag restrictions".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select

from landbridge.aws import filters
from landbridge.aws.errors import ApiError, InvalidParameterValue
from landbridge.aws.pagination import page
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import KINDS, Kind
from landbridge.services.ec2.resources import row, without_none
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Tag

_MOST_TAGS = 50
_LONGEST_KEY, _LONGEST_VALUE = 128, 256


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


def tags_of(ctx: Context, resource_ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Load the tags of many resources at once; every id gets a list."""
    found: dict[str, list[dict[str, str]]] = {one: [] for one in resource_ids}
    query = select(Tag).where(Tag.resource_id.in_(found)).order_by(Tag.key)
    for tag in ctx.session.scalars(query):
        found[tag.resource_id].append({"Key": tag.key, "Value": tag.value})
    return found


def _collect(given: list[dict[str, str]], tags: dict[str, str]) -> None:
    for tag in given:
        key, value = tag.get("Key") or "", tag.get("Value") or ""
        if not 1 <= len(key) <= _LONGEST_KEY or key.startswith("aws:"):
            raise InvalidParameterValue(
                "Tag.Key", key, allowed=f"1 to {_LONGEST_KEY} characters, not beginning with aws:"
            )
        if len(value) > _LONGEST_VALUE:
            raise InvalidParameterValue(
                "Tag.Value", value, allowed=f"up to {_LONGEST_VALUE} characters"
            )
        if key in tags:
            raise InvalidParameterValue("Tag.Key", key, allowed="each key once")
        tags[key] = value
    _check_count(len(tags))


def _check_count(count: int) -> None:
    if count > _MOST_TAGS:
        raise ApiError(
            f"A resource has at most {_MOST_TAGS} tags, not {count}", code="TagLimitExceeded"
        )


def _check_exists(ctx: Context, resource_id: str) -> None:
    prefix = resource_id.rpartition("-")[0]
    kind = KINDS.get(prefix)
    if kind is None:
        raise ApiError(f"The ID '{resource_id}' is not valid", code="InvalidID")
    row(ctx, kind.table, resource_id, kind)


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
    """Remove tags: all, those with a key, or those with a key and a value."""
    for resource_id in request["Resources"]:
        _check_exists(ctx, resource_id)
        if not request.get("Tags"):
            ctx.session.execute(delete(Tag).where(Tag.resource_id == resource_id))
        for tag in request.get("Tags") or []:
            doomed = delete(Tag).where(Tag.resource_id == resource_id, Tag.key == tag.get("Key"))
            if tag.get("Value") is not None:
                doomed = doomed.where(Tag.value == tag["Value"])
            ctx.session.execute(doomed)
    return {}


_FILTERS: filters.Filters = {
    "key": lambda item: [item["Key"]],
    "value": lambda item: [item["Value"]],
    "resource-id": lambda item: [item["ResourceId"]],
    "resource-type": lambda item: [item["ResourceType"]],
}


@operation("DescribeTags")
def describe_tags(ctx: Context, request: Request) -> Response:
    """List tags."""
    listed: list[dict[str, Any]] = [
        {
            "Key": tag.key,
            "Value": tag.value,
            "ResourceId": tag.resource_id,
            "ResourceType": KINDS[tag.resource_id.rpartition("-")[0]].resource_type,
        }
        for tag in ctx.session.scalars(select(Tag).order_by(Tag.resource_id, Tag.key))
    ]
    matching = filters.matching(listed, request.get("Filters"), _FILTERS)
    chosen, token = page(matching, request, key=lambda one: f"{one['ResourceId']} {one['Key']}")
    return without_none({"Tags": chosen, "NextToken": token})
