"""Connections for which the tests write files."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from landbridge.devices.facts import ConnectionFacts, TunnelFacts
from landbridge.vpn.tunnel_options import effective

FIRST = TunnelFacts(
    number=1,
    outside_address=IPv4Address("203.0.113.2"),
    inside=IPv4Network("169.254.10.0/30"),
    psk="first.secret_of.tunnel.1",
    options=effective({}),
)
SECOND = TunnelFacts(
    number=2,
    outside_address=IPv4Address("203.0.113.3"),
    inside=IPv4Network("169.254.10.4/30"),
    psk="zweites_Geheimnis.22",
    options=effective({}),
)
DYNAMIC = ConnectionFacts(
    vpn_connection_id="vpn-0a1b2c3d4e5f60718",
    vpn_gateway_id="vgw-000000000000000f1",
    customer_gateway_id="cgw-00000000000000aa2",
    type="ipsec.1",
    customer_address=IPv4Address("198.51.100.7"),
    customer_asn=65010,
    our_asn=64999,
    static_routes_only=False,
    local_cidr=IPv4Network("0.0.0.0/0"),
    remote_cidr=IPv4Network("0.0.0.0/0"),
    vpc_cidr=IPv4Network("10.0.0.0/16"),
    tunnels=(FIRST, SECOND),
)
STATIC = replace(DYNAMIC, static_routes_only=True)
UNATTACHED = replace(STATIC, vpc_cidr=None, vpn_gateway_id="")
"A connection on no gateway, so that no VPC is known."
SELECTORS = replace(
    STATIC, local_cidr=IPv4Network("192.168.0.0/16"), remote_cidr=IPv4Network("10.0.0.0/8")
)
"Local and remote CIDRs that narrow the traffic selectors."
NARROW = {
    "IKEVersions": ["ikev2"],
    "Phase1EncryptionAlgorithms": ["AES256", "AES256-GCM-16"],
    "Phase1IntegrityAlgorithms": ["SHA2-384", "SHA2-512"],
    "Phase1DHGroupNumbers": [14, 20],
    "Phase2EncryptionAlgorithms": ["AES256", "AES256-GCM-16"],
    "Phase2IntegrityAlgorithms": ["SHA2-512"],
    "Phase2DHGroupNumbers": [5, 21],
    "Phase1LifetimeSeconds": 14400,
    "Phase2LifetimeSeconds": 1800,
    "RekeyMarginTimeSeconds": 270,
    "RekeyFuzzPercentage": 50,
}
"Tunnel options that exclude the minimum."


def choosing(first: dict[str, object], second: dict[str, object] | None = None) -> ConnectionFacts:
    """A connection whose tunnels have options; tunnel 2 those of tunnel 1 unless given."""
    options = effective(first), effective(first if second is None else second)
    tunnels = (replace(FIRST, options=options[0]), replace(SECOND, options=options[1]))
    return replace(DYNAMIC, tunnels=tunnels)


LIFETIMES = choosing(
    {"Phase1LifetimeSeconds": 14400, "Phase2LifetimeSeconds": 1800},
    {"Phase1LifetimeSeconds": 21600, "Phase2LifetimeSeconds": 2700},
)
"Lifetimes that differ from the default and between the tunnels."


def with_certificates(facts: ConnectionFacts) -> ConnectionFacts:
    """The same connection, its ends authenticated by certificates."""
    first, second = (replace(one, psk=None) for one in facts.tunnels)
    return replace(facts, tunnels=(first, second))


def with_ipv6(facts: ConnectionFacts) -> ConnectionFacts:
    """The same connection, with IPv6 inside its tunnels."""
    first, second = (
        replace(one, inside=IPv6Network(f"fd00:10:20::{4 * one.number:x}/126"))
        for one in facts.tunnels
    )
    everything = IPv6Network("::/0")
    return replace(
        facts,
        tunnels=(first, second),
        local_cidr=everything,
        remote_cidr=everything,
        vpc_cidr=None,
        vpn_gateway_id="",
    )
