"""Tunnel options on the wire: what is set comes back, what is not stays unset."""

import pytest

from landbridge.services.ec2.tunnel_options import generate_psk
from landbridge.store.tables.vpn import VpnConnection
from landbridge.vpn.tunnel_options import OPTIONS, Choice, Number, Selection, check_psk
from unit.services.ec2.sites import connect, connection, connections, customer_gateway, vpn_gateway

ALWAYS = {"OutsideIpAddress", "TunnelInsideCidr", "PreSharedKey", "LogOptions"}
SPELT = {
    "IKEVersions": "IkeVersions",
    "DPDTimeoutSeconds": "DpdTimeoutSeconds",
    "DPDTimeoutAction": "DpdTimeoutAction",
}


def values(*chosen):
    return [{"Value": one} for one in chosen]


def default(option):
    return values(*option.default) if isinstance(option, Selection) else option.default


def other(option):
    if isinstance(option, Selection):
        return values(option.values[-1])
    if isinstance(option, Choice):
        return option.values[-1]
    return option.minimum + 1


def created(cloud, *tunnels):
    made = connect(cloud, customer_gateway(cloud), vpn_gateway(cloud), TunnelOptions=list(tunnels))
    cloud.build()
    return connection(cloud, made["VpnConnectionId"])["Options"]["TunnelOptions"]


def refused(cloud, *words, code="InvalidParameterValue", tunnel=1, **options):
    tunnels = [{}, {}]
    tunnels[tunnel - 1] = options
    cloud.refuses("CreateVpnConnection", code, f"tunnelOptions.{tunnel}."
                  if code == "InvalidParameterValue" else f"TunnelOptions.{tunnel}.", *words,
                  Type="ipsec.1", CustomerGatewayId=customer_gateway(cloud),
                  Options={"TunnelOptions": tunnels})  # fmt: skip
    assert connections(cloud) == []


def test_unset_ones_come_back_unset(cloud):
    for tunnel in created(cloud, {}, {}):
        assert set(tunnel) == ALWAYS


@pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda option: option.name)
def test_a_set_one_comes_back_as_it_was_set(cloud, option):
    chosen = other(option)
    together = {} if option.name != "Phase1LifetimeSeconds" else {"Phase2LifetimeSeconds": 900,
                "RekeyMarginTimeSeconds": 60}  # fmt: skip
    if option.name == "Phase2LifetimeSeconds":
        together = {"RekeyMarginTimeSeconds": 60}
    first, second = created(cloud, {}, {option.name: chosen, **together})
    assert set(first) == ALWAYS, "the other tunnel is its own"
    assert second[SPELT.get(option.name, option.name)] == chosen
    assert set(second) == ALWAYS | {SPELT.get(name, name) for name in (option.name, *together)}


def test_all_together_with_their_defaults(cloud):
    everything = {name: default(option) for name, option in OPTIONS.items()}
    first, second = created(cloud, everything)
    assert {SPELT.get(name, name): value for name, value in everything.items()} == {
        name: value for name, value in first.items() if name not in ALWAYS
    }
    assert set(second) == ALWAYS


def test_the_order_chosen_is_the_order_shown(cloud):
    first, _ = created(cloud, {"Phase1DHGroupNumbers": values(21, 2, 14)})
    assert first["Phase1DHGroupNumbers"] == values(21, 2, 14)


@pytest.mark.parametrize(
    "option",
    [one for one in OPTIONS.values() if isinstance(one, Number)],
    ids=lambda option: option.name,
)
def test_numbers_have_limits(cloud, option):
    refused(
        cloud, str(option.minimum - 1), str(option.minimum), **{option.name: option.minimum - 1}
    )
    if option.maximum is not None:
        refused(cloud, str(option.maximum + 1), tunnel=2, **{option.name: option.maximum + 1})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"DPDTimeoutAction": "Restart"}, ["Restart", "clear, none, restart"]),
        ({"StartupAction": "wait"}, ["wait", "add, start"]),
        ({"IKEVersions": values("ikev3")}, ["ikev3", "ikev1, ikev2"]),
        ({"IKEVersions": values(None)}, ["ikev1, ikev2"]),
        ({"Phase1DHGroupNumbers": values(5)}, ["(5)", "2, 14"]),
        ({"Phase2DHGroupNumbers": values(14, 1)}, ["(1)"]),
        ({"Phase1EncryptionAlgorithms": values("AES128", "3DES")}, ["3DES", "AES256-GCM-16"]),
        ({"Phase2IntegrityAlgorithms": values("SHA1", "SHA1")}, ["each once"]),
        ({"Phase2LifetimeSeconds": 1000, "RekeyMarginTimeSeconds": 501}, ["501", "500"]),
        ({"Phase1LifetimeSeconds": 3600}, ["Phase1LifetimeSeconds"]),
        ({"StartupAction": "start", "IKEVersions": values("ikev1")}, ["ikev2"]),
        ({"PreSharedKey": "01234567"}, ["not 0"]),
        ({"PreSharedKey": "short"}, ["8 to 64"]),
        ({"PreSharedKey": "x" * 65}, ["8 to 64"]),
        ({"PreSharedKey": "with space"}, ["underscore"]),
        ({"PreSharedKey": "line\nbreak"}, ["underscore"]),
        ({"PreSharedKey": ""}, ["8 to 64"]),
    ],
)  # fmt: skip
def test_what_is_refused(cloud, options, words):
    refused(cloud, *words, **options)
    refused(cloud, *words, tunnel=2, **options)


def test_a_refused_key_is_not_repeated(cloud):
    with pytest.raises(Exception, match="not shown") as refusal:
        created(cloud, {"PreSharedKey": "my secret!"})
    assert "my secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"TunnelInsideIpv6Cidr": "fd00::/126"}, "TunnelInsideIpv6Cidr"),
        ({"EnableTunnelLifecycleControl": True}, "EnableTunnelLifecycleControl"),
        ({"Phase1AdditionalKeyExchanges": [{"Value": 1}]}, "Phase1AdditionalKeyExchanges"),
        ({"LogOptions": {"CloudWatchLogOptions": {"LogEnabled": True}}}, "LogEnabled"),
        ({"LogOptions": {"CloudWatchLogOptions": {"BgpLogEnabled": True}}}, "BgpLogEnabled"),
        ({"LogOptions": {"CloudWatchLogOptions": {"LogGroupArn": "arn:x"}}}, "LogGroupArn"),
        ({"LogOptions": {"CloudWatchLogOptions": {"LogOutputFormat": "json"}}}, "LogOutputFormat"),
    ],
)  # fmt: skip
def test_what_is_not_built_is_refused(cloud, options, word):
    refused(cloud, word, code="UnsupportedOperation", **options)


def test_aes_gcm_in_phase_1_needs_ikev2(cloud):
    options = {"Phase1EncryptionAlgorithms": values("AES256-GCM-16")}
    refused(cloud, "AES128", "ikev2", **options, IKEVersions=values("ikev1"))
    first, _ = created(cloud, options)
    assert first["Phase1EncryptionAlgorithms"] == values("AES256-GCM-16")


def test_keys_are_long_random_and_allowed():
    keys = {generate_psk() for _ in range(500)}
    assert len(keys) == 500
    for key in keys:
        check_psk(key)
        assert len(key) == 32
        assert key.isalnum()


def test_the_store_keeps_what_was_chosen(cloud):
    made = connect(cloud, customer_gateway(cloud), None, TunnelOptions=[{"StartupAction": "start"}])
    with cloud.store.reading() as session:
        row = session.get(VpnConnection, made["VpnConnectionId"])
        assert [one.options for one in row.tunnels] == [{"StartupAction": "start"}, {}]
