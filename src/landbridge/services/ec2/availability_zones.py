"""Availability Zones: three, named after the region; all are this machine."""

from landbridge.aws import filters
from landbridge.aws.errors import InvalidParameterCombination, InvalidParameterValue
from landbridge.services.context import Context
from landbridge.services.ec2.listing import absent, member
from landbridge.services.ec2.resources import unsupported
from landbridge.services.registry import Request, Response, operation

_LETTERS = "abc"
_SUPPORTED = {"ZoneNames", "ZoneIds", "AllAvailabilityZones", "Filters"}
_FILTERS: filters.Filters = {
    "group-name": member("GroupName"),
    "message": member("Messages.Message"),
    "opt-in-status": member("OptInStatus"),
    "region-name": member("RegionName"),
    "state": member("State"),
    "zone-id": member("ZoneId"),
    "zone-name": member("ZoneName"),
    "zone-type": member("ZoneType"),
    **absent("group-long-name", "parent-zone-id", "parent-zone-name"),
}


def zones(ctx: Context) -> dict[str, str]:
    """Name the zones of the region, each with its id."""
    return {
        f"{ctx.region}{letter}": f"lb-az{number}" for number, letter in enumerate(_LETTERS, start=1)
    }


def check_zone(ctx: Context, zone: str) -> None:
    """Refuse a zone that the region does not have."""
    if zone not in zones(ctx):
        raise InvalidParameterValue("AvailabilityZone", zone, allowed=", ".join(zones(ctx)))


def chosen_zone(ctx: Context, request: Request) -> str:
    """Read AvailabilityZone or AvailabilityZoneId; the region's first zone without either."""
    names = zones(ctx)
    name, zone_id = request.get("AvailabilityZone"), request.get("AvailabilityZoneId")
    if name and zone_id:
        raise InvalidParameterCombination(
            "The parameters availabilityZone and availabilityZoneId must not be used together."
        )
    if name:
        check_zone(ctx, name)
        return str(name)
    if zone_id:
        by_id = {one: zone for zone, one in names.items()}
        if zone_id not in by_id:
            raise InvalidParameterValue("AvailabilityZoneId", zone_id, allowed=", ".join(by_id))
        return by_id[zone_id]
    return next(iter(names))


@operation("DescribeAvailabilityZones")
def describe_availability_zones(ctx: Context, request: Request) -> Response:
    """List the zones; all are open to everybody, so AllAvailabilityZones adds none."""
    unsupported(request, _SUPPORTED)
    _check_asked(request, "ZoneNames", set(zones(ctx)))
    _check_asked(request, "ZoneIds", set(zones(ctx).values()))
    described = [
        {
            "ZoneName": name,
            "ZoneId": zone_id,
            "ZoneType": "availability-zone",
            "RegionName": ctx.region,
            "GroupName": ctx.region,
            "NetworkBorderGroup": ctx.region,
            "State": "available",
            "OptInStatus": "opt-in-not-required",
            "Messages": [],
        }
        for name, zone_id in zones(ctx).items()
        if name in (request.get("ZoneNames") or [name])
        and zone_id in (request.get("ZoneIds") or [zone_id])
    ]
    return {"AvailabilityZones": filters.matching(described, request.get("Filters"), _FILTERS)}


def _check_asked(request: Request, parameter: str, known: set[str]) -> None:
    for one in request.get(parameter) or []:
        if one not in known:
            raise InvalidParameterValue(
                parameter, one, message=f"Invalid availability zone: [{one}]"
            )
