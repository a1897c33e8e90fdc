"""Instances: hosts in subnets, each a namespace whose firewall is its security groups."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from landbridge.network import names
from landbridge.network.model import Address, Firewall, Namespace, Route, Thing, Veth
from landbridge.network.plan.digest import digest
from landbridge.network.plan.endpoints import MAIN_TABLE
from landbridge.network.plan.outside import HOST_SYSCTLS
from landbridge.network.plan.site import Site
from landbridge.vpn.intent import Instance, Intent, SecurityGroupRule, Subnet


def things(instance: Instance, intent: Intent, site: Site) -> Iterator[Thing]:
    """Plan an instance."""
    subnet = next(one for one in intent.subnets if one.id == instance.subnet_id)
    rules = [
        rule
        for group in intent.security_groups
        if group.id in instance.security_group_ids
        for rule in group.rules
    ]
    members: dict[str, list[IPv4Address]] = {}
    for other in intent.instances:
        for group_id in other.security_group_ids:
            members.setdefault(group_id, []).append(other.address)
    ruleset = _ruleset(instance, rules, members)
    yield from _host(instance, subnet, site)
    yield Firewall(
        namespace=site.names.instance(instance.id),
        digest=digest(ruleset),
        ruleset=ruleset,
        owner=instance.id,
    )


def _host(instance: Instance, subnet: Subnet, site: Site) -> Iterator[Thing]:
    namespace = site.names.instance(instance.id)
    yield Namespace(name=namespace, sysctls=HOST_SYSCTLS, owner=instance.id)
    yield Veth(
        namespace=namespace,
        name=names.INSTANCE_LINK,
        peer_namespace=site.names.vpc(subnet.vpc_id),
        peer_name=names.instance_port(instance.id),
        peer_bridge=names.subnet_bridge(subnet.id),
        mac=instance.mac,
        owner=instance.id,
    )
    yield Address(
        namespace=namespace,
        link=names.INSTANCE_LINK,
        address=IPv4Interface((instance.address, subnet.cidr.prefixlen)),
        owner=instance.id,
    )
    yield Route(
        namespace=namespace,
        destination=IPv4Network("0.0.0.0/0"),
        table=MAIN_TABLE,
        link=names.INSTANCE_LINK,
        via=subnet.cidr[1],
        owner=instance.id,
    )


def _ruleset(
    instance: Instance,
    rules: list[SecurityGroupRule],
    members: Mapping[str, list[IPv4Address]],
) -> str:
    """Write a stateful filter that passes what some rule allows, and answers to it.

    Before it, the source/destination check: at its interface an instance has its own address only.
    What it translates (NAT) is looked at as it is outside.
    """
    lines = {
        egress: "".join(
            sorted(
                {
                    f"    {_match(rule, members)} accept\n"
                    for rule in rules
                    if rule.egress is egress and _peer(rule, members)
                }
            )
        )
        for egress in (False, True)
    }
    return f"""\
table inet landbridge {{
  chain destination {{
    type filter hook prerouting priority raw; policy accept;
    iifname "{names.INSTANCE_LINK}" ip daddr != {instance.address} counter drop
  }}
  chain source {{
    type filter hook postrouting priority srcnat + 10; policy accept;
    oifname "{names.INSTANCE_LINK}" ip saddr != {instance.address} counter drop
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
{lines[False]}  }}
  chain output {{
    type filter hook output priority filter; policy drop;
    oifname "lo" accept
    ct state established,related accept
{lines[True]}  }}
}}
"""


def _match(rule: SecurityGroupRule, members: Mapping[str, list[IPv4Address]]) -> str:
    side = "daddr" if rule.egress else "saddr"
    return " ".join(filter(None, (f"ip {side} {_peer(rule, members)}", _service(rule))))


def _peer(rule: SecurityGroupRule, members: Mapping[str, list[IPv4Address]]) -> str:
    """The other side as nft writes it; empty when a referenced group has no members."""
    if rule.cidr is not None:
        return str(rule.cidr)
    addresses = sorted(members.get(rule.group_id or "", ()))
    return f"{{ {', '.join(map(str, addresses))} }}" if addresses else ""


def _service(rule: SecurityGroupRule) -> str:
    first, last = rule.from_port, rule.to_port
    if rule.protocol == "-1":
        return ""
    if rule.protocol == "icmp":
        kind = "ip protocol icmp" if first in {None, -1} else f"icmp type {first}"
        return kind if last in {None, -1} or first in {None, -1} else f"{kind} icmp code {last}"
    if rule.protocol in {"tcp", "udp"}:
        if first in {None, -1}:
            return f"meta l4proto {rule.protocol}"
        return f"{rule.protocol} dport {first}-{last}"
    return f"meta l4proto {rule.protocol}"
