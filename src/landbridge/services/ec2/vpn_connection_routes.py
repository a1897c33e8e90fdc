"""Static routes of VPN connections.

Source: guide, "Editing static routes for a Site-to-Site VPN connection", and the quotas.
"""

from landbridge.aws.errors import ApiError
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2.cidrs import network
from landbridge.services.ec2.kinds import VPN_CONNECTION
from landbridge.services.ec2.resources import changed, row, states
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpn import VpnConnection, VpnConnectionRoute
from landbridge.vpn.lifecycle import State

MOST_ROUTES = 100
"Static routes on a VPN gateway's connection; not adjustable (guide, quotas)."


@operation("CreateVpnConnectionRoute")
def create_vpn_connection_route(ctx: Context, request: Request) -> Response:
    """Add a static route to a connection with static routing."""
    connection = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    destination = str(network("DestinationCidrBlock", request["DestinationCidrBlock"]))
    _check_takes_routes(ctx, connection)
    same = next(
        (one for one in connection.routes if one.destination_cidr_block == destination), None
    )
    if same is not None and same.deleted_at is None:
        raise ApiError(
            f"The route identified by {destination} already exists.", code="RouteAlreadyExists"
        )
    _check_count(connection)
    if same is None:
        connection.routes.append(
            VpnConnectionRoute(
                id=new_id("vpn-route"), created_at=ctx.now, destination_cidr_block=destination
            )
        )
    else:
        same.deleted_at = None
        changed(same)
    changed(connection)
    return {}


@operation("DeleteVpnConnectionRoute")
def delete_vpn_connection_route(ctx: Context, request: Request) -> Response:
    """Take a static route away."""
    connection = row(ctx, VpnConnection, request["VpnConnectionId"], VPN_CONNECTION)
    destination = str(network("DestinationCidrBlock", request["DestinationCidrBlock"]))
    for route in connection.routes:
        if route.deleted_at is None and route.destination_cidr_block == destination:
            route.deleted_at = ctx.now
            changed(connection)
            return {}
    raise ApiError(
        f"no route with destination-cidr-block {destination} in VPN connection {connection.id}",
        code="InvalidRoute.NotFound",
    )


def _check_takes_routes(ctx: Context, connection: VpnConnection) -> None:
    if not connection.static_routes_only:
        raise ApiError(
            f"The vpnConnection ID '{connection.id}' does not support static routes: it uses BGP. "
            "Options.StaticRoutesOnly must be true",
            code="InvalidVpnConnection.InvalidType",
        )
    state = states(ctx, [connection], stay_available=True)[connection.id]
    if state is not State.AVAILABLE:
        raise ApiError(
            f"The vpnConnection ID '{connection.id}' is {state}. It must be available",
            code="InvalidVpnConnection.InvalidState",
        )


def _check_count(connection: VpnConnection) -> None:
    if sum(route.deleted_at is None for route in connection.routes) >= MOST_ROUTES:
        raise ApiError(
            f"The vpnConnection ID '{connection.id}' has {MOST_ROUTES} static routes, the most "
            "that it may have",
            code="RouteLimitExceeded",
        )
