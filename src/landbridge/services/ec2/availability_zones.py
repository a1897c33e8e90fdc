"""Availability Zones: three, named after the region; all are this machine."""

from landbridge.aws import filters
from landbridge.aws.errors import InvalidParameterValue
from landbridge.services.context import Context
from landbridge.services.registry import Request, Response, operation

_LETTERS = "abc"
_FILTERS: filters.Filters = {
    "region-name": lambda item: [item["RegionName"]],
    "state": lambda item: [item["State"]],
    "zone-id": lambda item: [item["ZoneId"]],
    "zone-name": lambda item: [item["ZoneName"]],
    "zone-type": lambda item: [item["ZoneType"]],
    "opt-in-status": lambda item: [item["OptInStatus"]],
}


def zones(ctx: Context) -> list[str]:
    """Name the zones of the region."""
    return [f"{ctx.region}{letter}" for letter in _LETTERS]


def check_zone(ctx: Context, zone: str) -> None:
    """Refuse a zone that the region does not have."""
    if zone not in zones(ctx):
        raise InvalidParameterValue("AvailabilityZone", zone, allowed=", ".join(zones(ctx)))


@operation("DescribeAvailabilityZones")
def describe_availability_zones(ctx: Context, request: Request) -> Response:
    """List the zones."""
    for zone in request.get("ZoneNames") or []:
        check_zone(ctx, zone)
    described = [
        {
            "ZoneName": name,
            "ZoneId": f"lb-az{number}",
            "ZoneType": "availability-zone",
            "RegionName": ctx.region,
            "GroupName": ctx.region,
            "NetworkBorderGroup": ctx.region,
            "State": "available",
            "OptInStatus": "opt-in-not-required",
            "Messages": [],
        }
        for number, name in enumerate(zones(ctx), start=1)
        if not request.get("ZoneNames") or name in request["ZoneNames"]
    ]
    return {"AvailabilityZones": filters.matching(described, request.get("Filters"), _FILTERS)}
