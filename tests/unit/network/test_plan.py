"""The network that ought to exist, as text."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golden import check
from landbridge.network.model import (
    Bird,
    Charon,
    Connection,
    Firewall,
    Route,
    Secret,
    TunnelInterface,
    as_text,
)
from landbridge.network.plan import plan
from landbridge.network.plan.site import Site
from landbridge.network.strongswan import Esp
from landbridge.vpn import mtu
from landbridge.vpn.intent import Intent
from landbridge.vpn.observed import LearntRoute
from landbridge.vpn.tunnel_options import TunnelOptions
from unit.network.intents import CONNECTION, GATEWAY_ID, INTENT, TABLE_ID, with_connection

SITE = Site()
LEARNT = LearntRoute(gateway_id=GATEWAY_ID, prefix=IPv4Network("192.168.10.0/24"))


def things(network, kind):
    return sorted((one for one in network if isinstance(one, kind)), key=str)


def vpc_routes(intent, *learnt):
    network = plan(intent, frozenset(learnt), SITE)
    return {
        str(route.destination): route.link
        for route in things(network, Route)
        if route.namespace.startswith("lbv-")
    }


def test_an_empty_installation_has_an_outside_and_nothing_else():
    assert {thing.namespace for thing in plan(Intent(), frozenset(), SITE)} == {"lb-outside"}


def test_the_whole_network_of_one_connection():
    check("network/one-connection.txt", as_text(plan(INTENT, frozenset({LEARNT}), SITE)) + "\n")


def test_the_gateways_bird_configuration():
    (bird,) = things(plan(INTENT, frozenset(), SITE), Bird)
    check("network/bird-dynamic.conf", bird.config)


def test_the_bird_configuration_of_a_static_connection():
    static = with_connection(
        static_routes_only=True, static_routes=(IPv4Network("192.168.99.0/24"),)
    )
    (bird,) = things(plan(static, frozenset(), SITE), Bird)
    check("network/bird-static.conf", bird.config)


def gateways_bird(intent, site=SITE):
    (bird,) = things(plan(intent, frozenset(), site), Bird)
    return bird.config


def test_a_device_with_the_gateways_own_asn_has_no_session_and_the_others_have_theirs():
    (gateway,) = INTENT.vpn_gateways
    same = replace(CONNECTION, id="vpn-00000000000000aa2", customer_asn=gateway.asn)
    config = gateways_bird(replace(INTENT, vpn_connections=(CONNECTION, same)))
    assert re.findall(r"^protocol bgp (\S+)", config, re.MULTILINE) == [
        "t_0000000aa1_1",
        "t_0000000aa1_2",
    ]
    assert "# No t_0000000aa2_1: the device has the gateway's own ASN, 64512.\n" in config


def test_what_is_refused_depends_on_the_vpc_and_the_endpoints_addresses():
    site = Site(endpoint_pool=IPv4Network("192.0.2.0/25"))
    (gateway,) = INTENT.vpn_gateways
    alone = replace(INTENT, vpn_gateways=(replace(gateway, vpc_id=None, attachment_id=None),))
    for intent, in_vpc in ((INTENT, True), (alone, False)):
        (refused,) = re.findall(r"net ~ \[ (.*) \];", gateways_bird(intent, site))
        assert {"169.254.0.0/16+", "192.0.2.0/25+", "192.0.2.0/25-"} < set(refused.split(", "))
        assert ("10.0.0.0/16+" in refused) is in_vpc
        (ruleset,) = (
            one.ruleset
            for one in things(plan(intent, frozenset(), site), Firewall)
            if one.namespace.startswith("lbg-")
        )
        (sources,) = re.findall(r'iifname "t\*" ip saddr \{ (.*) \} counter drop', ruleset)
        assert {"169.254.0.0/16", "192.0.2.0/25"} < set(sources.split(", "))
        assert ("10.0.0.0/16" in sources) is in_vpc


ASNS = st.sampled_from([1, 23456, 64512, 65535, 4200000000, 2**32 - 1]) | st.integers(1, 2**32 - 1)
NETWORKS = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


@pytest.mark.skipif(shutil.which("bird") is None, reason="BIRD is not installed")
@settings(max_examples=40, deadline=None)
@given(asns=st.lists(ASNS, min_size=1, max_size=4), routes=st.sets(NETWORKS, max_size=4))
def test_bird_takes_whatever_is_written(asns, routes):
    """It would refuse the whole configuration, everybody's, for one line."""
    (gateway,) = INTENT.vpn_gateways
    static = replace(CONNECTION, static_routes_only=True, static_routes=tuple(sorted(routes)))
    connections = (
        static,
        *(
            replace(CONNECTION, id=f"vpn-00000000000000b{number:02x}", customer_asn=asn)
            for number, asn in enumerate(asns)
        ),
    )
    for asn in {gateway.asn, asns[0]}:
        config = gateways_bird(
            replace(
                INTENT,
                vpn_gateways=(replace(gateway, asn=asn),),
                vpn_connections=connections,
            )
        )
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(config)
            file.flush()
            done = subprocess.run(
                ["bird", "-p", "-c", file.name], capture_output=True, text=True, check=False
            )
        assert done.returncode == 0, done.stderr


def test_the_charon_settings_and_connections():
    network = plan(INTENT, frozenset(), SITE)
    charon = things(network, Charon)[0]
    check("network/strongswan.conf", charon.settings)
    connections = [one for one in things(network, Connection) if one.namespace.endswith("-1")]
    assert {one.definition["version"] for one in connections} == {"1", "2"}


def with_options(**options):
    """The installation with these options of its first tunnel."""
    first, second = CONNECTION.tunnels
    return with_connection(tunnels=(replace(first, options=TunnelOptions(**options)), second))


def of_first_tunnel(network, kind):
    return [one for one in things(network, kind) if str(one).count("0aa1-1")]


def test_the_tunnel_is_tied_to_its_interface_and_encapsulated_only_behind_a_nat():
    for connection in things(plan(INTENT, frozenset(), SITE), Connection):
        definition = connection.definition
        assert definition["if_id_in"] == definition["if_id_out"] == "1"
        assert definition["encap"] == "no"
        child = definition["children"]["tunnel"]
        assert (child["copy_df"], child["copy_dscp"], child["copy_ecn"]) == ("no", "out", "yes")


@pytest.mark.parametrize("size", [64, 2048])
def test_the_replay_window_is_the_options(size):
    network = plan(with_options(replay_window_size=size), frozenset(), SITE)
    for connection in of_first_tunnel(network, Connection):
        assert connection.definition["children"]["tunnel"]["replay_window"] == str(size)


@pytest.mark.parametrize(
    ("ciphers", "hashes", "expected"),
    [
        (("AES128-GCM-16",), ("SHA2-512",), 1438),
        (("AES256",), ("SHA1", "SHA2-256"), 1422),
        (("AES128", "AES128-GCM-16"), ("SHA2-512",), 1406),
    ],
)
def test_the_mtu_fits_every_suite_that_the_options_allow(ciphers, hashes, expected):
    options = {"phase2_encryption_algorithms": ciphers, "phase2_integrity_algorithms": hashes}
    network = plan(with_options(**options), frozenset(), SITE)
    (interface,) = of_first_tunnel(network, TunnelInterface)
    assert interface.mtu == expected


def test_segments_fit_into_their_tunnels_interface():
    network = plan(with_options(phase2_encryption_algorithms=("AES128-GCM-16",)), frozenset(), SITE)
    (ruleset,) = (one.ruleset for one in things(network, Firewall) if one.namespace[:4] == "lbg-")
    clamped = re.findall(r'(oifname|iifname) \{ "(\S+)" \} .* set (\d+)', ruleset)
    tcp_and_ipv4 = 40
    assert sorted(clamped) == sorted(
        (direction, interface.name, str(interface.mtu - tcp_and_ipv4))
        for interface in things(network, TunnelInterface)
        for direction in ("oifname", "iifname")
    )


def test_every_mtu_of_the_table_has_its_mss():
    for suite in (mtu.GCM, "SHA1", "SHA2-256", "SHA2-384", "SHA2-512"):
        for nat in (True, False):
            sizes = mtu.sizes(suite, nat_traversal=nat)
            assert (sizes.mss_ipv4, sizes.mss_ipv6) == (sizes.mtu - 40, sizes.mtu - 60)


def test_another_way_of_esp_is_another_interface_and_another_charon():
    kernel, userspace = (
        plan(INTENT, frozenset(), Site(esp=esp)) for esp in (Esp.KERNEL, Esp.USERSPACE)
    )
    changed = {type(one) for one in kernel ^ userspace}
    assert changed == {TunnelInterface, Charon}
    assert {one.kind for one in things(userspace, TunnelInterface)} == {"tun"}


def test_the_instances_firewall():
    (firewall,) = (
        one for one in things(plan(INTENT, frozenset(), SITE), Firewall) if "lbi-" in one.namespace
    )
    check("network/security-groups.nft", firewall.ruleset)


def test_no_key_is_in_the_text_of_a_plan():
    network = plan(INTENT, frozenset(), SITE)
    assert len(things(network, Secret)) == 2
    assert "secret" not in as_text(network).replace("secret psk-", "")
    assert "first.secret" not in repr(network)


def test_a_connection_without_gateway_keeps_its_interfaces_at_the_endpoints():
    network = plan(with_connection(gateway_id=None), frozenset(), SITE)
    assert [one.namespace for one in things(network, TunnelInterface)] == [
        one.endpoint for one in things(network, TunnelInterface)
    ]


def test_learnt_routes_enter_tables_that_propagate():
    assert vpc_routes(INTENT, LEARNT)["192.168.10.0/24"] == "gateway"


def test_learnt_routes_stay_out_of_tables_that_do_not_propagate():
    (table,) = INTENT.route_tables
    intent = replace(INTENT, route_tables=(replace(table, propagating=()),))
    assert "192.168.10.0/24" not in vpc_routes(intent, LEARNT)


def test_the_vpcs_own_block_beats_a_more_specific_learnt_route():
    inside = replace(LEARNT, prefix=IPv4Network("10.0.5.0/24"))
    assert "10.0.5.0/24" not in vpc_routes(INTENT, inside)


@pytest.mark.parametrize(("target", "link"), [(GATEWAY_ID, "gateway"), ("vgw-other", None)])
def test_a_created_route_beats_a_learnt_one_and_is_a_blackhole_without_its_gateway(target, link):
    (table,) = INTENT.route_tables
    created = replace(table, routes=((LEARNT.prefix, target),))
    assert vpc_routes(replace(INTENT, route_tables=(created,)), LEARNT)["192.168.10.0/24"] == link


def test_a_detached_gateway_reaches_nothing():
    (gateway,) = INTENT.vpn_gateways
    detached = replace(gateway, vpc_id=None, attachment_id=None)
    network = plan(replace(INTENT, vpn_gateways=(detached,)), frozenset({LEARNT}), SITE)
    assert not [one for one in network if "gateway" in str(one) and "lbv-" in one.namespace]
    (bird,) = things(network, Bird)
    assert "10.0.0.0/16" not in bird.config


def test_the_names_of_the_plan_do_not_depend_on_the_order_of_the_intent():
    other = replace(CONNECTION, id="vpn-00000000000000aa2")
    forth = replace(INTENT, vpn_connections=(CONNECTION, other))
    back = replace(INTENT, vpn_connections=(other, CONNECTION))
    assert as_text(plan(forth, frozenset(), SITE)) != ""
    assert plan(forth, frozenset(), SITE) - plan(back, frozenset(), SITE) == {
        one for one in plan(forth, frozenset(), SITE) if isinstance(one, Bird)
    } - plan(back, frozenset(), SITE)


def test_every_route_table_has_a_kernel_table_of_its_own():
    (table,) = INTENT.route_tables
    second = replace(table, id=TABLE_ID[:-1] + "2")
    network = plan(replace(INTENT, route_tables=(table, second)), frozenset(), SITE)
    assert len({one.table for one in things(network, Route) if one.namespace[:4] == "lbv-"}) == 2
