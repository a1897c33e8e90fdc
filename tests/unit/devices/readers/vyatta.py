"""Vyatta and VyOS: `set` commands between `configure` and `exit`."""

from unit.devices.grammars.set_paths import Tree
from unit.devices.grammars.vyatta import VYATTA, VYOS
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections

_PEERS = "vpn ipsec site-to-site peer"


def trees(text: str, language: str) -> tuple[Tree, list[Tree]]:
    """The whole configuration, and that of each tunnel's section."""
    whole, of_tunnels, lines = Tree(language), [], []
    for title, section in sections(text):
        tree = Tree(language)
        for line in section.splitlines():
            if line and not line.startswith("#"):
                lines.append(line)
                if line.startswith("set "):
                    tree.set(line)
                    whole.set(line)
        if title.startswith("IPSec Tunnel"):
            of_tunnels.append(tree)
    modes = [line for line in lines if not line.startswith("set ")]
    assert modes[:4] == ["configure", "commit", "save", "exit"]
    assert lines[0] == "configure"
    assert all(line.startswith("show ") for line in modes[4:])
    assert len(modes) > 4
    assert lines[-len(modes) + 1 :] == modes[1:]
    return whole, of_tunnels


def names(whole: Tree, reading: Reading) -> None:
    """List the groups and interfaces that are there and that peers refer to."""
    for kind, path in (
        ("ike", "vpn ipsec ike-group"),
        ("esp", "vpn ipsec esp-group"),
        ("vti", "interfaces vti"),
        ("policy", "policy route"),
    ):
        reading.defined.update((kind, name) for name in whole.all(path))
    for peer in whole.all(_PEERS):
        for kind, path in (
            ("ike", "ike-group"),
            ("esp", "default-esp-group"),
            ("esp", "vti esp-group"),
            ("vti", "vti bind"),
        ):
            reading.used.update((kind, name) for name in whole.all(f"{_PEERS} {peer} {path}"))
    for interface in whole.all("interfaces ethernet"):
        used = whole.one(f"interfaces ethernet {interface} policy route")
        reading.used.add(("policy", used))


def proposal(tree: Tree, group: str) -> tuple[str, str]:
    """The only proposal of a group: encryption and integrity, which GCM of ESP does not use."""
    path = f"{group} proposal {tree.one(f'{group} proposal')}"
    encryption, integrity = tree.one(f"{path} encryption"), tree.one(f"{path} hash")
    return encryption, "" if "esp" in group and "gcm" in encryption else integrity


def static(tree: Tree, number: int) -> tuple[str, str] | None:
    """The only static route, if there is one: where to, and by which next hop."""
    if not tree.has("protocols static"):
        return None
    path = f"protocols static {tree.one('protocols static')}"
    to = tree.one(path)
    hop = tree.one(f"{path} {to} next-hop")
    assert tree.one(f"{path} {to} next-hop {hop} distance") == f"{number}0"
    return to, hop


def session(tree: Tree, path: str) -> tuple[str, int, int]:
    """The only BGP neighbour: its address, its ASN, the hold time."""
    neighbour = tree.one(path)
    path = f"{path} {neighbour}"
    hold = int(tree.one(f"{path} timers holdtime"))
    assert int(tree.one(f"{path} timers keepalive")) * 3 == hold
    return neighbour, int(tree.one(f"{path} remote-as")), hold


def read_vyatta(text: str) -> Reading:
    """Read Vyatta's."""
    whole, of_tunnels = trees(text, VYATTA)
    reading = Reading(tunnels=[])
    names(whole, reading)
    assert whole.one("vpn ipsec ipsec-interfaces interface") == "<OUTSIDE INTERFACE>"
    rule = f"policy route {whole.one('policy route')} rule 10"
    assert whole.has(f"{rule} protocol tcp")
    assert whole.has(f"{rule} tcp flags SYN")
    mss = int(whole.one(f"{rule} set tcp-mss"))
    for number, tree in enumerate(of_tunnels, start=1):
        tunnel = _vyatta_tunnel(number, tree, mss)
        reading.tunnels.append(tunnel)
        if tunnel.route:
            assert whole.one(f"{rule} destination address") == tunnel.route
        else:
            asn = whole.one("protocols bgp")
            assert whole.one(f"protocols bgp {asn} network") == "<LOCAL NETWORK>"
    return reading


def _vyatta_tunnel(number: int, tree: Tree, mss: int) -> TunnelReading:
    address = tree.one(_PEERS)
    peer = f"{_PEERS} {address}"
    assert tree.one(f"{peer} authentication mode") == "pre-shared-secret"
    ike = f"vpn ipsec ike-group {tree.one(f'{peer} ike-group')}"
    esp = f"vpn ipsec esp-group {tree.one(f'{peer} vti esp-group')}"
    assert tree.one(f"{ike} dead-peer-detection action") == "restart"
    assert tree.one(f"{esp} mode") == "tunnel"
    vti = f"interfaces vti {tree.one(f'{peer} vti bind')}"
    group = tree.one(f"{ike} proposal 1 dh-group")
    pfs = tree.one(f"{esp} pfs")
    bgp = None
    if route := static(tree, number):
        to, hop = route
    else:
        asn = tree.one("protocols bgp")
        hop, theirs, hold = session(tree, f"protocols bgp {asn} neighbor")
        to, bgp = None, (int(asn), theirs, hold)
    return TunnelReading(
        ike_version="ikev1",
        psk=tree.one(f"{peer} authentication pre-shared-secret"),
        customer_outside=tree.one(f"{peer} local-address"),
        endpoint_outside=address,
        customer_inside=tree.one(f"{vti} address"),
        endpoint_inside=hop,
        ike=(*proposal(tree, ike), group),
        ike_lifetime=int(tree.one(f"{ike} lifetime")),
        esp=(*proposal(tree, esp), f"dh-group{group}" if pfs == "enable" else pfs),
        esp_lifetime=int(tree.one(f"{esp} lifetime")),
        dpd_interval=UNSAID,  # 15 is its least
        dpd_retries=UNSAID,
        mtu=int(tree.one(f"{vti} mtu")),
        mss=mss,
        selectors=UNSAID,
        bgp=bgp,
        route=to,
    )


def read_vyos(text: str) -> Reading:
    """Read VyOS's."""
    whole, of_tunnels = trees(text, VYOS)
    reading = Reading(tunnels=[])
    names(whole, reading)
    assert whole.one("vpn ipsec interface") == "<OUTSIDE INTERFACE>"
    assert whole.has("vpn ipsec options disable-route-autoinstall")
    for number, tree in enumerate(of_tunnels, start=1):
        reading.tunnels.append(_vyos_tunnel(number, tree, whole))
    return reading


def _vyos_tunnel(number: int, tree: Tree, whole: Tree) -> TunnelReading:
    peer = f"{_PEERS} {tree.one(_PEERS)}"
    local, remote = tree.one(f"{peer} local-address"), tree.one(f"{peer} remote-address")
    assert tree.one(f"{peer} connection-type") == "initiate"
    assert tree.one(f"{peer} authentication remote-id") == remote
    psk = None
    if tree.one(f"{peer} authentication mode") == "x509":
        assert tree.one(f"{peer} authentication x509 ca-certificate") == "<CA CERTIFICATE>"
        assert tree.one(f"{peer} authentication x509 certificate") == "<DEVICE CERTIFICATE>"
    else:
        assert tree.one(f"{peer} authentication local-id") == local
        keys = "vpn ipsec authentication psk"
        key = f"{keys} {tree.one(keys)}"
        assert tree.all(f"{key} id") == [local, remote]
        psk = tree.one(f"{key} secret")
    ike = f"vpn ipsec ike-group {tree.one(f'{peer} ike-group')}"
    esp = f"vpn ipsec esp-group {tree.one(f'{peer} default-esp-group')}"
    assert tree.one(f"{ike} dead-peer-detection action") == "restart"
    interval = int(tree.one(f"{ike} dead-peer-detection interval"))
    selectors = f"{peer} tunnel {tree.one(f'{peer} tunnel')}"
    vti = f"interfaces vti {tree.one(f'{peer} vti bind')}"
    inside = tree.one(f"{vti} address")
    version = "ipv6" if ":" in inside else "ip"
    bgp = None
    if route := static(tree, number):
        to, hop = route
        assert tree.one("protocols static") == ("route6" if ":" in inside else "route")
    else:
        path = "protocols bgp neighbor"
        hop, theirs, hold = session(tree, path)
        to, bgp = None, (int(whole.one("protocols bgp system-as")), theirs, hold)
        family = tree.one(f"{path} {hop} address-family")
        assert family == ("ipv6-unicast" if ":" in inside else "ipv4-unicast")
        assert whole.one(f"protocols bgp address-family {family} network") == "<LOCAL NETWORK>"
    return TunnelReading(
        ike_version=tree.one(f"{ike} key-exchange"),
        psk=psk,
        customer_outside=local,
        endpoint_outside=remote,
        customer_inside=inside,
        endpoint_inside=hop,
        ike=(*proposal(tree, ike), tree.one(f"{ike} proposal 1 dh-group")),
        ike_lifetime=int(tree.one(f"{ike} lifetime")),
        esp=(*proposal(tree, esp), tree.one(f"{esp} pfs")),
        esp_lifetime=int(tree.one(f"{esp} lifetime")),
        dpd_interval=interval,
        dpd_retries=int(tree.one(f"{ike} dead-peer-detection timeout")) // interval,
        mtu=int(tree.one(f"{vti} mtu")),
        mss=int(tree.one(f"{vti} {version} adjust-mss")),
        selectors=(
            tree.one(f"{selectors} local prefix"),
            tree.one(f"{selectors} remote prefix"),
        ),
        bgp=bgp,
        route=to,
    )


READERS = {
    "vyatta/vyatta.j2": Reader(
        read=read_vyatta, unsaid=frozenset({"dpd_interval", "dpd_retries", "selectors"})
    ),
    "vyatta/vyos.j2": Reader(read=read_vyos),
}
