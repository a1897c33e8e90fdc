"""Yamaha's routers: commands, some of them for the tunnel that was selected last."""

from ipaddress import IPv4Address, IPv4Network

from unit.devices.grammars.yamaha import Router, parse
from unit.devices.reading import Reader, Reading, TunnelReading


def read(text: str) -> Reading:
    router = parse(text)
    assert router.rest["refresh"] == "on"
    reading = Reading(tunnels=[_tunnel(router, number) for number in router.tunnels])
    reading.defined.update(("policy", number) for number in router.numbered["sa"])
    reading.used.update(("policy", one["policy"]) for one in router.tunnels.values())
    reading.defined.update(("gateway", number) for number in router.gateways)
    reading.used.update(("gateway", one.split()[0]) for one in router.numbered["sa"].values())
    reading.defined.update(("tunnel", number) for number in router.tunnels)
    reading.used.update(("tunnel", one["enable"]) for one in router.tunnels.values())
    assert reading.used == reading.defined
    return reading


def _tunnel(router: Router, number: str) -> TunnelReading:
    tunnel = router.tunnels[number]
    peer, protocol, *esp = router.numbered["sa"][tunnel["policy"]].split()
    assert protocol == "esp"
    gateway = router.gateways[peer]
    assert (tunnel["df-bit"], gateway["pfs"]) == ("clear", "on")
    version = f"ikev{gateway.get('version', '1')}"
    _, method, interval, retries = gateway["keepalive"].split()
    assert method == {"ikev1": "dpd", "ikev2": "rfc4306"}[version]
    identities = gateway.get("local-name"), gateway.get("remote-name")
    addresses = gateway["local-address"], gateway["remote-address"]
    assert identities == (addresses if version == "ikev2" else (None, None))
    groups = gateway["group"].split()
    bgp, route = _routing(router, number, tunnel)
    return TunnelReading(
        ike_version=version,
        psk=gateway["psk"],
        customer_outside=gateway["local-address"],
        endpoint_outside=gateway["remote-address"],
        customer_inside=tunnel["address"],
        endpoint_inside=tunnel["remote-address"],
        ike=(gateway["encryption"], gateway["hash"], groups[0]),
        ike_lifetime=int(gateway["isakmp-sa"]),
        esp=(*esp, groups[-1]),
        esp_lifetime=int(gateway["ipsec-sa"]),
        dpd_interval=int(interval),
        dpd_retries=int(retries),
        mtu=int(tunnel["mtu"]),
        mss=int(tunnel["mss"]),
        selectors=(gateway["local-id"], gateway["remote-id"]),
        bgp=bgp,
        route=route,
    )


def _routing(
    router: Router, number: str, tunnel: dict[str, str]
) -> tuple[tuple[int, int, int] | None, str | None]:
    neighbour = tunnel["remote-address"]
    if "route" in router.rest:
        assert not router.numbered["neighbor"]
        network, gateways = router.rest["route"].split(" gateway ", maxsplit=1)
        if _admitted(router, tunnel):
            assert router.numbered["keepalive"][number] == f"10 3 {neighbour}"
            assert gateways == "tunnel 1 keepalive 1 gateway tunnel 2 keepalive 2 weight 0"
        else:
            assert number not in router.numbered["keepalive"]
            assert gateways == "tunnel 1 hide gateway tunnel 2 hide weight 0"
        return None, network
    theirs, address, hold, local = router.numbered["neighbor"][number].split()
    assert address == neighbour
    assert local == "local-address=" + tunnel["address"].partition("/")[0]
    assert router.rest["import"] == f"{theirs} static filter 1"
    assert router.numbered["filter"] == {"1": "<LOCAL NETWORK>"}
    assert (router.rest["bgp"], router.rest["configure"]) == ("on", "refresh")
    return (int(router.rest["as"]), int(theirs), int(hold.removeprefix("hold-time="))), None


def _admitted(router: Router, tunnel: dict[str, str]) -> bool:
    """Whether the selectors admit pings of the inside addresses."""
    gateway = router.gateways[router.numbered["sa"][tunnel["policy"]].split()[0]]
    ends = (
        ("local-id", tunnel["address"].partition("/")[0]),
        ("remote-id", tunnel["remote-address"]),
    )
    return all(IPv4Address(address) in IPv4Network(gateway[key]) for key, address in ends)


READERS = {"yamaha/rtx.j2": Reader(read=read)}
