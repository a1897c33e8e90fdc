"""The words of a tunnel's StatusMessage.

Source: answers of DescribeVpnConnections as published: a BGP tunnel says `IPSEC IS DOWN`,
`IPSEC IS UP` while BGP is not established, then the number of routes; a static tunnel that is
up says nothing.
"""

IPSEC_IS_DOWN = "IPSEC IS DOWN"
IPSEC_IS_UP = "IPSEC IS UP"


def bgp_routes(count: int) -> str:
    """Say how many prefixes the device announces."""
    return f"{count} BGP ROUTES"


def tunnel_status(*, ipsec: bool, bgp: bool | None, routes: int) -> tuple[bool, str]:
    """Decide whether a tunnel is up, and what to say of it.

    `bgp` is None for static routing, where a CHILD_SA alone makes the tunnel up.
    """
    if not ipsec:
        return False, IPSEC_IS_DOWN
    if bgp is None:
        return True, ""
    if not bgp:
        return False, IPSEC_IS_UP
    return True, bgp_routes(routes)
