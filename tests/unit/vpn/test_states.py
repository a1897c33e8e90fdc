"""States and messages, from the facts."""

import pytest

from landbridge.vpn.lifecycle import Seen, State, resource_state
from landbridge.vpn.reasons import tunnel_status


@pytest.mark.parametrize(
    ("generation", "deleted", "seen", "state"),
    [
        (1, False, None, State.PENDING),
        (1, False, Seen(None), State.PENDING),
        (1, False, Seen(1), State.AVAILABLE),
        (2, False, Seen(1), State.PENDING),
        (1, True, Seen(1), State.DELETING),
        (1, True, Seen(None), State.DELETING),
        (1, True, None, State.DELETED),
    ],
)
def test_a_resources_state(generation, deleted, seen, state):
    assert resource_state(generation=generation, deleted=deleted, seen=seen) is state


@pytest.mark.parametrize(
    ("ipsec", "bgp", "routes", "status"),
    [
        (False, False, 0, (False, "IPSEC IS DOWN")),
        (False, True, 5, (False, "IPSEC IS DOWN")),
        (True, False, 0, (False, "IPSEC IS UP")),
        (True, True, 5, (True, "5 BGP ROUTES")),
        (False, None, 1, (False, "IPSEC IS DOWN")),
        (True, None, 1, (True, "")),
    ],
)
def test_a_tunnels_status(ipsec, bgp, routes, status):
    assert tunnel_status(ipsec=ipsec, bgp=bgp, routes=routes) == status
