"""ESP: where a tunnel's inside interface comes from.

strongSwan's kernel-libipsec makes a TUN `ipsec0` in charon's namespace. It goes on working in
another namespace; but installing a policy then fails unless a link of that name is left behind.
"""

from landbridge.network.drivers.links import index_of
from landbridge.network.drivers.netns import NETNS_DIRECTORY, Namespaces
from landbridge.network.model import TunnelInterface

_TUN = "ipsec0"


def before_charon(namespaces: Namespaces, endpoint: str) -> None:
    """Make way for the TUN that charon is about to create."""
    handle = namespaces.handle(endpoint)
    for index in handle.link_lookup(ifname=_TUN):
        handle.link("del", index=index)


def place(namespaces: Namespaces, interface: TunnelInterface, now_in: str | None) -> None:
    """Bring a tunnel interface, down, to where it ought to be.

    `now_in` is the namespace where it has its final name already; None: charon has just made it.
    Raises `LookupError` when it is neither here nor there: only a new charon makes another.
    """
    source = namespaces.handle(now_in or interface.endpoint)
    index = index_of(source, interface.name if now_in else _TUN)
    (link,) = source.link("get", index=index)
    if link.get(("linkinfo", "kind")) != "tun":
        raise LookupError(f"the TUN of {interface.endpoint} is gone")
    source.link("set", index=index, state="down")
    source.link("set", index=index, ifname=interface.name)
    if (now_in or interface.endpoint) != interface.namespace:
        with (NETNS_DIRECTORY / interface.namespace).open() as target:
            source.link("set", index=index, net_ns_fd=target.fileno())
    if now_in is None:
        _leave_placeholder(namespaces, interface.endpoint)


def _leave_placeholder(namespaces: Namespaces, endpoint: str) -> None:
    handle = namespaces.handle(endpoint)
    handle.link("add", ifname=_TUN, kind="bridge")
    handle.link("set", index=index_of(handle, _TUN), state="up")
