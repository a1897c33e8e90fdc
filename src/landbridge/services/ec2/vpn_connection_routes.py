"""Static routes of VPN connections.

Source: guide, "Editing static routes for a Site-to-Site VPN connection", and the quotas.
"""

from landbridge.aws.errors import ApiError, InvalidParameterCombination
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2.cidrs import network
from landbridge.services.ec2.kinds import VPN_CONNECTION
from landbridge.services.ec2.resources import row
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpn import VpnConnection, VpnConnectionRoute

MOST_ROUTES = 100
"Static routes on a VPN gateway's connection; not adjustable (guide, quotas)."


@operation("CreateVpnConnectionRoute")
def create_vpn_connection_route(ctx: Context, request: Request) -> Response:
    """Add a static route to a connection with static routing; twice is once."""
    connection = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    destination = network("DestinationCidrBlock", request["DestinationCidrBlock"])
    if not connection.static_routes_only:
        raise InvalidParameterCombination(
            f"The vpnConnection ID '{connection.id}' uses dynamic routing: its routes come from "
            "BGP. Static routes need Options.StaticRoutesOnly true."
        )
    alive = [route for route in connection.routes if route.deleted_at is None]
    if any(route.destination_cidr_block == str(destination) for route in alive):
        return {}
    if len(alive) >= MOST_ROUTES:
        raise ApiError(
            f"The vpnConnection ID '{connection.id}' has {MOST_ROUTES} static routes, the most "
            "that it may have",
            code="RouteLimitExceeded",
        )
    connection.routes.append(
        VpnConnectionRoute(
            id=new_id("vpn-route"),
            created_at=ctx.now,
            destination_cidr_block=str(destination),
        )
    )
    return {}


@operation("DeleteVpnConnectionRoute")
def delete_vpn_connection_route(ctx: Context, request: Request) -> Response:
    """Take a static route away."""
    connection = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    destination = network("DestinationCidrBlock", request["DestinationCidrBlock"])
    for route in connection.routes:
        if route.deleted_at is None and route.destination_cidr_block == str(destination):
            route.deleted_at = ctx.now
            return {}
    raise ApiError(
        f"The vpnConnection ID '{connection.id}' has no route to {destination}",
        code="InvalidRoute.NotFound",
    )
