"""Static routes and rules, marked as ours by their protocol number; and news of BIRD's routes."""

import socket
from ipaddress import IPv4Network, IPv6Address
from typing import Any

from landbridge.network.drivers.links import index_of
from landbridge.network.drivers.netns import Namespaces, inside
from landbridge.network.model import Route, Rule

PROTOCOL = 170
"Our mark on routes and rules (rtnetlink's rtm_protocol); unassigned in iproute2's rt_protos."
BIRD_PROTOCOL = 12
_RULE_PRIORITY = 1000
_ROUTE_NEWS = 0x40 | 0x01
"RTMGRP_IPV4_ROUTE and RTMGRP_LINK."


def set_route(namespaces: Namespaces, route: Route) -> None:
    """Add a route, or put it in the place of the one with the same destination."""
    handle = namespaces.handle(route.namespace)
    handle.route("replace", **_specification(handle, route))


def remove_route(namespaces: Namespaces, route: Route) -> None:
    """Remove a route."""
    handle = namespaces.handle(route.namespace)
    handle.route("del", **_specification(handle, route))


def _specification(handle: Any, route: Route) -> dict[str, Any]:
    way: dict[str, Any] = {
        "dst": str(route.destination),
        "table": route.table,
        "proto": PROTOCOL,
    }
    if route.link is None:
        return way | {"type": "blackhole"}
    way["oif"] = index_of(handle, route.link)
    if isinstance(route.via, IPv6Address):
        way["via"] = {"family": socket.AF_INET6, "addr": str(route.via)}
    elif route.via is not None:
        way["gateway"] = str(route.via)
    else:
        way["scope"] = "link"
    return way


def set_rule(namespaces: Namespaces, rule: Rule) -> None:
    """Add a rule; the one that the link had before goes after it."""
    handle = namespaces.handle(rule.namespace)
    old = [one for one in _rules(handle) if one.get("iifname") == rule.link]
    handle.rule(
        "add",
        iifname=rule.link,
        table=rule.table,
        priority=_RULE_PRIORITY,
        protocol=PROTOCOL,
        family=socket.AF_INET,
    )
    for one in old:
        _delete_rule(handle, rule.link, one.get("table"))


def remove_rule(namespaces: Namespaces, rule: Rule) -> None:
    """Remove a rule."""
    _delete_rule(namespaces.handle(rule.namespace), rule.link, rule.table)


def _delete_rule(handle: Any, link: str, table: int) -> None:
    handle.rule("del", iifname=link, table=table, priority=_RULE_PRIORITY, family=socket.AF_INET)


def _rules(handle: Any) -> list[Any]:
    return [
        one for one in handle.get_rules(family=socket.AF_INET) if one.get("protocol") == PROTOCOL
    ]


def rules(namespaces: Namespaces, namespace: str) -> list[Rule]:
    """List the rules that are ours."""
    return [
        Rule(namespace=namespace, link=str(one.get("iifname")), table=int(one.get("table")))
        for one in _rules(namespaces.handle(namespace))
    ]


def destination(message: Any) -> IPv4Network:
    """Read a route's destination; the default route's message has none."""
    return IPv4Network((one if (one := message.get("dst")) else 0, message["dst_len"]))


def learnt(namespaces: Namespaces, namespace: str) -> frozenset[IPv4Network]:
    """List the prefixes that BIRD has put into a gateway's kernel table."""
    return frozenset(
        destination(one)
        for one in namespaces.handle(namespace).get_routes(family=socket.AF_INET)
        if one["proto"] == BIRD_PROTOCOL
    )


def news(namespace: str) -> socket.socket:
    """Open a socket that becomes readable whenever a route or link of the namespace changes."""
    with inside(namespace):
        listener = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
        )
    listener.bind((0, _ROUTE_NEWS))
    return listener
