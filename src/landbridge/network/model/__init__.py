"""The network as values: what ought to exist and what does, in the same words.

A network is a set of things. A thing's `key` says which thing it is, equality whether it is as
it should be; `owner` (the resource for which it exists) is known only of what ought to be and
takes no part. `str()` is one readable line: tests and logs show the world as text.
"""

from landbridge.network.model.daemons import CHILD, SILENT, Bird, Charon, Connection, Secret
from landbridge.network.model.kernel import (
    Address,
    Bridge,
    Firewall,
    Namespace,
    Route,
    Rule,
    TunnelInterface,
    Veth,
)

__all__ = [
    "CHILD",
    "ORDER",
    "SILENT",
    "Address",
    "Bird",
    "Bridge",
    "Charon",
    "Connection",
    "Firewall",
    "Namespace",
    "Network",
    "Route",
    "Rule",
    "Secret",
    "Thing",
    "TunnelInterface",
    "Veth",
    "as_text",
]

Thing = (
    Namespace
    | Bridge
    | Veth
    | TunnelInterface
    | Charon
    | Address
    | Route
    | Rule
    | Firewall
    | Secret
    | Connection
    | Bird
)
Network = frozenset[Thing]

ORDER: tuple[type, ...] = (
    Namespace,
    Bridge,
    Veth,
    TunnelInterface,
    Charon,
    Address,
    Route,
    Rule,
    Firewall,
    Secret,
    Connection,
    Bird,
)
"Each stands on those before it: built in this order, taken down in reverse."


def as_text(network: Network) -> str:
    """Show a network, a line a thing, in a stable order."""
    return "\n".join(sorted(str(thing) for thing in network))
