"""Juniper's Junos: `set` commands, read into its configuration tree."""

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from unit.devices.grammars.junos import Configuration, parse
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import HEAD, sections

NAMED = {
    "ike-proposal": ("security", "ike", "proposal"),
    "ike-policy": ("security", "ike", "policy"),
    "gateway": ("security", "ike", "gateway"),
    "ipsec-proposal": ("security", "ipsec", "proposal"),
    "ipsec-policy": ("security", "ipsec", "policy"),
    "ca-profile": ("security", "pki", "ca-profile"),
    "policy-statement": ("policy-options", "policy-statement"),
}


def read_junos(text: str) -> Reading:
    head = dict(sections(text))[HEAD]
    release = re.search(r"Jun(?:OS|os) ([\d.]+)\+$", head, re.MULTILINE)[1]
    if needed := re.search(r"needs Junos ([\d.]+) or later", head):
        release = needed[1]
    tree = parse(text, release if "." in release else f"{release}.1")
    reading = Reading(tunnels=[])
    for kind, path in NAMED.items():
        reading.defined.update((kind, name) for name in tree.names(*path))
    units = tree.names("interfaces", "st0", "unit")
    reading.defined.update(("interface", f"st0.{unit}") for unit in units)
    reading.used.update(
        ("interface", name)
        for name in tree.names("security", "zones", "security-zone", "trust", "interfaces")
    )
    for vpn in tree.names("security", "ipsec", "vpn"):
        reading.tunnels.append(_tunnel(tree, vpn, reading))
    _everything_is_in_use(reading)
    assert len({one.mss for one in reading.tunnels}) == 1
    ike = tree.under("security", "zones", "security-zone", "untrust", "host-inbound-traffic")
    assert ike == [("system-services", "ike")]
    assert tree.value("security", "policies", "from-zone", "trust", "to-zone", "trust", "policy",
                      reading_name(reading), "then") == "permit"  # fmt: skip
    return reading


def reading_name(reading: Reading) -> str:
    """The name that both gateways begin with."""
    (name,) = {name[3:-2] for kind, name in reading.defined if kind == "gateway"}
    return name


def _everything_is_in_use(reading: Reading) -> None:
    assert reading.defined <= reading.used, reading.defined - reading.used


def _tunnel(tree: Configuration, vpn: str, reading: Reading) -> TunnelReading:
    def use(kind: str, name: str) -> str:
        reading.used.add((kind, name))
        return name

    top = ("security", "ipsec", "vpn", vpn)
    gateway = (*NAMED["gateway"], use("gateway", tree.value(*top, "ike", "gateway")))
    ike_policy = (*NAMED["ike-policy"], use("ike-policy", tree.value(*gateway, "ike-policy")))
    ike = (*NAMED["ike-proposal"], use("ike-proposal", tree.value(*ike_policy, "proposals")))
    policy = (*NAMED["ipsec-policy"],
              use("ipsec-policy", tree.value(*top, "ike", "ipsec-policy")))  # fmt: skip
    esp = (*NAMED["ipsec-proposal"], use("ipsec-proposal", tree.value(*policy, "proposals")))
    interface = use("interface", tree.value(*top, "bind-interface"))
    assert tree.value(*top, "df-bit") == "clear"
    assert tree.value(*top, "establish-tunnels") == "immediately"
    assert tree.value(*esp, "protocol") == "esp"
    version = "ikev2" if tree.under(*gateway, "version", "v2-only") == [()] else "ikev1"
    assert (tree.under(*ike_policy, "mode", "main") == [()]) == (version == "ikev1")
    assert () in tree.under(*gateway, "dead-peer-detection", "always-send")
    assert tree.value(*gateway, "external-interface") == "<OUTSIDE INTERFACE>"
    peer = tree.value(*gateway, "address")
    assert tree.under(*gateway, "remote-identity", "inet") in ([], [(peer,)])
    certificates = tree.value(*ike, "authentication-method") == "rsa-signatures"
    if certificates:
        assert tree.value(*ike_policy, "certificate", "local-certificate") == "<DEVICE CERTIFICATE>"
        assert tree.under(*gateway, "local-identity") == [("distinguished-name",)]
        use("ca-profile", tree.value(*ike_policy, "certificate", "trusted-ca", "ca-profile"))
    inside, mtu = _inside(tree, interface)
    neighbour, bgp, route = _routing(tree, vpn, interface, inside, reading)
    return TunnelReading(
        ike_version=version,
        psk=None if certificates else tree.value(*ike_policy, "pre-shared-key", "ascii-text"),
        customer_outside=UNSAID if certificates else tree.value(*gateway, "local-identity", "inet"),
        endpoint_outside=peer,
        customer_inside=inside,
        endpoint_inside=neighbour,
        ike=(
            tree.value(*ike, "encryption-algorithm"),
            tree.value(*ike, "authentication-algorithm"),
            tree.value(*ike, "dh-group"),
        ),
        ike_lifetime=int(tree.value(*ike, "lifetime-seconds")),
        esp=(
            cipher := tree.value(*esp, "encryption-algorithm"),
            "" if cipher.endswith("gcm") else tree.value(*esp, "authentication-algorithm"),
            tree.value(*policy, "perfect-forward-secrecy", "keys"),
        ),
        esp_lifetime=int(tree.value(*esp, "lifetime-seconds")),
        dpd_interval=int(tree.value(*gateway, "dead-peer-detection", "interval")),
        dpd_retries=int(tree.value(*gateway, "dead-peer-detection", "threshold")),
        mtu=mtu,
        mss=int(tree.value("security", "flow", "tcp-mss", "ipsec-vpn", "mss")),
        selectors=(
            tree.value(*top, "ike", "proxy-identity", "local"),
            tree.value(*top, "ike", "proxy-identity", "remote"),
        ),
        bgp=bgp,
        route=route,
    )


def _inside(tree: Configuration, interface: str) -> tuple[str, int]:
    unit = ("interfaces", "st0", "unit", interface.removeprefix("st0."), "family")
    (family,) = tree.names(*unit)
    inside = tree.value(*unit, family, "address")
    assert (family == "inet6") == (":" in inside)
    assert (family == "inet6") == bool(tree.under("security", "forwarding-options", "family"))
    return inside, int(tree.value(*unit, family, "mtu"))


def _routing(
    tree: Configuration, vpn: str, interface: str, inside: str, reading: Reading
) -> tuple[str, tuple[int, int, int] | None, str | None]:
    """Read the neighbour, the BGP session, the static route."""
    group = ("protocols", "bgp", "group", vpn[:-2])
    (services,) = [
        tree.under("security", "zones", "security-zone", "trust", "interfaces", interface)
    ]
    allowed = {one[-1] for one in services}
    if not tree.under("protocols"):
        assert allowed == {"ping"}
        return _static(tree, vpn, interface, inside)
    assert allowed == {"ping", "bgp"}
    assert tree.value(*group, "type") == "external"
    reading.used.add(("policy-statement", tree.value(*group, "export")))
    (neighbour,) = [
        name
        for name in tree.names(*group, "neighbor")
        if tree.value(*group, "neighbor", name, "local-address") == inside.partition("/")[0]
    ]
    one = (*group, "neighbor", neighbour)
    assert tree.value(*one, "description") == vpn
    assert tree.under(*group, "family") in ([], [("inet6", "unicast")])
    session = tuple(int(tree.value(*one, word)) for word in ("local-as", "peer-as", "hold-time"))
    return neighbour, session, None


def _peer(inside: str) -> IPv4Address:
    """The other host of the interface's network."""
    own = IPv4Interface(inside)
    (other,) = (one for one in own.network.hosts() if one != own.ip)
    return other


def _admits(tree: Configuration, vpn: str, inside: str) -> bool:
    """Whether the selectors admit the inside addresses."""
    selectors = ("security", "ipsec", "vpn", vpn, "ike", "proxy-identity")
    local, remote = (IPv4Network(tree.value(*selectors, end)) for end in ("local", "remote"))
    return IPv4Interface(inside).ip in local and _peer(inside) in remote


def _static(tree: Configuration, vpn: str, interface: str, inside: str) -> tuple[str, None, str]:
    number = int(interface.removeprefix("st0."))
    rib = ("rib", "inet6.0") if tree.under("routing-options", "rib") else ()
    routes = [
        (to, via)
        for to, _, via, _, preference in tree.under("routing-options", *rib, "static", "route")
        if int(preference) == 5 * number
    ]
    ((network, via),) = routes
    if rib:
        return via, None, network
    assert via == interface
    monitor = ("security", "ipsec", "vpn", vpn, "vpn-monitor")
    admitted = _admits(tree, vpn, inside)
    assert bool(tree.under(*monitor)) == admitted, "pings that the selectors admit"
    assert bool(tree.under("security", "ipsec", "vpn-monitor-options")) == admitted
    if not admitted:
        return str(_peer(inside)), None, network
    assert tree.value(*monitor, "source-interface") == interface
    return tree.value(*monitor, "destination-ip"), None, network


READERS = {"juniper/junos.j2": Reader(read=read_junos)}
