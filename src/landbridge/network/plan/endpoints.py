"""Tunnel endpoints: a namespace, an outside address and a charon each.

Sources: guide, "Tunnel options for your Site-to-Site VPN connection"; strongSwan's documentation
of swanctl.conf and strongswan.conf.
"""

import json
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

from landbridge.network import names, strongswan
from landbridge.network.model import (
    CHILD,
    Address,
    Charon,
    Connection,
    Namespace,
    Route,
    Secret,
    Thing,
    TunnelInterface,
    Veth,
)
from landbridge.network.plan import proposals
from landbridge.network.plan.digest import digest
from landbridge.network.plan.outside import HOST_SYSCTLS
from landbridge.network.plan.site import Site
from landbridge.network.strongswan import Esp
from landbridge.vpn import addressing, mtu
from landbridge.vpn.intent import Tunnel, VpnConnection
from landbridge.vpn.tunnel_options import TunnelOptions

MAIN_TABLE = 254


def things(connection: VpnConnection, site: Site) -> Iterator[Thing]:
    """Plan the two endpoints of a connection."""
    for tunnel in connection.tunnels:
        yield from _endpoint(connection, tunnel, site)


def _endpoint(connection: VpnConnection, tunnel: Tunnel, site: Site) -> Iterator[Thing]:
    owner = connection.id
    namespace = site.names.endpoint(connection.id, tunnel.number)
    yield Namespace(name=namespace, sysctls=HOST_SYSCTLS, owner=owner)
    yield Veth(
        namespace=namespace,
        name=names.UPLINK,
        peer_namespace=site.names.outside,
        peer_name=names.endpoint_port(connection.id, tunnel.number),
        peer_bridge=names.OUTSIDE_BRIDGE,
        owner=owner,
    )
    yield Address(
        namespace=namespace,
        link=names.UPLINK,
        address=IPv4Interface((tunnel.outside_address, site.endpoint_pool.prefixlen)),
        owner=owner,
    )
    yield Route(
        namespace=namespace,
        destination=IPv4Network("0.0.0.0/0"),
        table=MAIN_TABLE,
        link=names.UPLINK,
        via=site.endpoint_router,
        owner=owner,
    )
    yield from _inside(connection, tunnel, site, namespace)
    yield from _ike(connection, tunnel, site.esp, namespace)


def _inside(
    connection: VpnConnection, tunnel: Tunnel, site: Site, endpoint: str
) -> Iterator[Thing]:
    namespace = site.names.gateway(connection.gateway_id) if connection.gateway_id else endpoint
    name = names.tunnel_interface(connection.id, tunnel.number)
    yield TunnelInterface(
        namespace=namespace,
        name=name,
        endpoint=endpoint,
        kind=site.esp.link_kind,
        mtu=mtu.smallest(tunnel.options).mtu,
        owner=connection.id,
    )
    yield Address(
        namespace=namespace,
        link=name,
        address=IPv4Interface((addressing.our_inside_address(tunnel.inside), 30)),
        owner=connection.id,
    )


def _ike(connection: VpnConnection, tunnel: Tunnel, esp: Esp, namespace: str) -> Iterator[Thing]:
    settings = strongswan.settings(dead_after=tunnel.options.dpd_timeout_seconds)
    yield Charon(
        namespace=namespace,
        digest=digest(f"{esp}\n{settings}"),
        settings=settings,
        owner=connection.id,
    )
    yield Secret(
        namespace=namespace, id=f"psk-{tunnel.psk_id}", data=tunnel.psk, owner=connection.id
    )
    for version in tunnel.options.ike_versions:
        if not proposals.ike(tunnel.options, version):
            continue  # charon would fall back to proposals of its own
        definition = _definition(connection, tunnel, version)
        yield Connection(
            namespace=namespace,
            # With the key: one that is changed is proven by a new handshake only.
            name=f"{version}-{digest(json.dumps([definition, tunnel.psk_id], sort_keys=True))}",
            definition=definition,
            initiate=tunnel.options.startup_action == "start" and version == "ikev2",
            owner=connection.id,
        )


def _definition(connection: VpnConnection, tunnel: Tunnel, version: str) -> Mapping[str, Any]:
    options = tunnel.options
    margin = options.rekey_margin_time_seconds
    fuzz = margin * options.rekey_fuzz_percentage // 100
    rekey = options.phase1_lifetime_seconds - margin
    definition: dict[str, Any] = {
        "version": version.removeprefix("ikev"),
        "local_addrs": [str(tunnel.outside_address)],
        "remote_addrs": [str(connection.customer_address)],
        "proposals": proposals.ike(options, version),
        "encap": "no",  # ESP in UDP only where there is a NAT
        "if_id_in": str(strongswan.IF_ID),
        "if_id_out": str(strongswan.IF_ID),
        "mobike": "no",
        "unique": "replace",
        "keyingtries": "0" if _initiates(options) else "1",
        "rekey_time": f"{rekey}s",
        "over_time": f"{margin}s",
        "rand_time": f"{fuzz}s",
        "dpd_delay": "0s" if options.dpd_timeout_action == "none" else f"{strongswan.DPD_DELAY}s",
        "local": {"auth": "psk", "id": str(tunnel.outside_address)},
        # A device behind a NAT identifies itself by an address that only it knows; the key and
        # its outside address are what tells it.
        "remote": {"auth": "psk", "id": "%any"},
        "children": {CHILD: _child(connection, options, version)},
    }
    if version == "ikev1":
        definition["dpd_timeout"] = f"{options.dpd_timeout_seconds}s"
    return definition


def _initiates(options: TunnelOptions) -> bool:
    """Tell whether we keep trying to bring the tunnel up, rather than wait for the device."""
    return options.startup_action == "start" or options.dpd_timeout_action == "restart"


def _child(connection: VpnConnection, options: TunnelOptions, version: str) -> Mapping[str, Any]:
    margin = options.rekey_margin_time_seconds
    action = options.dpd_timeout_action
    return {
        "mode": "tunnel",
        "local_ts": [str(connection.remote_cidr)],
        "remote_ts": [str(connection.local_cidr)],
        "esp_proposals": proposals.esp(options, version),
        "life_time": f"{options.phase2_lifetime_seconds}s",
        "rekey_time": f"{options.phase2_lifetime_seconds - margin}s",
        "rand_time": f"{margin * options.rekey_fuzz_percentage // 100}s",
        "replay_window": str(options.replay_window_size),
        "start_action": "none",
        "close_action": "start" if options.startup_action == "start" else "none",
        "dpd_action": "clear" if action == "none" else action,
        "copy_df": "no",
        "copy_dscp": "out",
        "copy_ecn": "yes",
    }
