"""Files for customer gateway devices, over the API."""

import pytest

from unit.services.ec2.sites import connect, connection, customer_gateway, vpn_gateway

GET = "GetVpnConnectionDeviceSampleConfiguration"
STRONGSWAN, GENERIC = "51cb26fd", "9005b6c1"


@pytest.fixture
def vpn(cloud):
    vpc = cloud.vpc()
    made = connect(cloud, customer_gateway(cloud), cloud.gateway(vpc))
    return made["VpnConnectionId"]


def file(cloud, vpn, device=STRONGSWAN, **more):
    answer = cloud(GET, VpnConnectionId=vpn, VpnConnectionDeviceTypeId=device, **more)
    return answer["VpnConnectionDeviceSampleConfiguration"]


def choosing(cloud, *tunnels):
    made = connect(cloud, customer_gateway(cloud), None, TunnelOptions=list(tunnels))
    return made["VpnConnectionId"]


def versions(*names):
    return {"IKEVersions": [{"Value": name} for name in names]}


def names(device):
    return device["Vendor"], device["Platform"], device["Software"]


def test_the_catalogue(cloud):
    listed = cloud("GetVpnConnectionDeviceTypes")["VpnConnectionDeviceTypes"]
    assert {one["VpnConnectionDeviceTypeId"]: names(one) for one in listed}[STRONGSWAN] == (
        "Strongswan",
        "Ubuntu 16.04",
        "Strongswan 5.5.1+",
    )
    assert len({names(one) for one in listed}) == len(listed)
    beyond = [one["VpnConnectionDeviceTypeId"].startswith("1b0000") for one in listed]
    assert beyond == sorted(beyond), "AWS's devices come first"


def test_the_catalogue_in_pages(cloud):
    whole = cloud("GetVpnConnectionDeviceTypes")["VpnConnectionDeviceTypes"]
    paged, more = [], {}
    while True:
        answer = cloud("GetVpnConnectionDeviceTypes", MaxResults=7, **more)
        assert len(answer["VpnConnectionDeviceTypes"]) <= 7
        paged += answer["VpnConnectionDeviceTypes"]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert paged == whole


@pytest.mark.parametrize("device", [GENERIC, STRONGSWAN])
def test_a_file_has_what_the_connection_has(cloud, vpn, device):
    text = file(cloud, vpn, device)
    described = connection(cloud, vpn)
    for tunnel in described["Options"]["TunnelOptions"]:
        assert text.count(tunnel["PreSharedKey"]) == 1
        assert tunnel["OutsideIpAddress"] in text
    for name in ("VpnConnectionId", "VpnGatewayId", "CustomerGatewayId"):
        assert described[name] in text


def test_ikev1_unless_told(cloud, vpn):
    assert "keyexchange=ikev1\n" in file(cloud, vpn)
    assert "keyexchange=ikev2\n" in file(cloud, vpn, InternetKeyExchangeVersion="ikev2")
    only = choosing(cloud, versions("ikev2"), versions("ikev2"))
    assert "keyexchange=ikev2\n" in file(cloud, only)


def test_sample_types(cloud, vpn):
    ikev2 = {"InternetKeyExchangeVersion": "ikev2"}
    plain = file(cloud, vpn, **ikev2)
    assert file(cloud, vpn, SampleType="compatibility", **ikev2) == plain
    assert "ike=aes128-sha1-modp1024!" in plain
    strongest = file(cloud, vpn, SampleType="recommended", **ikev2)
    assert "ike=aes256gcm16-prfsha512-ecp384!" in strongest
    assert file(cloud, vpn, SampleType="recommended") == strongest
    request = {"VpnConnectionId": vpn, "VpnConnectionDeviceTypeId": STRONGSWAN}
    cloud.refuses(GET, "UnsupportedOperation", "ikev1", SampleType="recommended",
                  InternetKeyExchangeVersion="ikev1", **request)  # fmt: skip
    cloud.refuses(GET, "InvalidParameterValue", "sampleType", "best", "compatibility, recommended",
                  SampleType="best", **request)  # fmt: skip


def test_what_a_device_lacks_is_refused(cloud, vpn):
    for device, words in (
        ({"VpnConnectionDeviceTypeId": "6883834a"}, ("ASA 8.2+", "BGP")),
        ({"VpnConnectionDeviceTypeId": "b0adb196", "SampleType": "recommended"}, ("ikev1",)),
    ):
        cloud.refuses(GET, "UnsupportedOperation", *words, VpnConnectionId=vpn, **device)
    cloud.refuses(GET, "InvalidParameterValue", "Allowed is ikev1.", VpnConnectionId=vpn,
                  VpnConnectionDeviceTypeId="b0adb196",
                  InternetKeyExchangeVersion="ikev2")  # fmt: skip


def test_a_static_file_routes_to_the_vpc(cloud):
    vpc = cloud.vpc("10.7.0.0/16")
    made = connect(cloud, customer_gateway(cloud), cloud.gateway(vpc), StaticRoutesOnly=True)
    text = file(cloud, made["VpnConnectionId"])
    assert "ip route add 10.7.0.0/16 via 169.254.6.1 dev Tunnel1 metric 100" in text


@pytest.mark.parametrize(
    ("tunnels", "version", "allowed"),
    [
        ([versions("ikev2"), versions("ikev2")], "ikev1", "Allowed is ikev2."),
        ([versions("ikev1"), versions("ikev2")], None, "no version in common"),
        ([{}, versions("ikev2")], "ikev1", "Allowed is ikev2."),
        ([{}, versions("ikev1")], "ikev2", "Allowed is ikev1."),
        ([versions("ikev1"), versions("ikev2")], "ikev1", "no version in common"),
        (
            [{"Phase1EncryptionAlgorithms": [{"Value": "AES256-GCM-16"}]}],
            "ikev1",
            "Allowed is ikev2.",
        ),
        ([{}, {}], "ikev3", "Allowed is ikev1, ikev2."),
    ],
)
def test_a_version_that_the_tunnels_exclude_is_refused(cloud, tunnels, version, allowed):
    vpn = choosing(cloud, *tunnels)
    more = {"InternetKeyExchangeVersion": version} if version else {}
    cloud.refuses(GET, "InvalidParameterValue", "internetKeyExchangeVersion", allowed,
                  VpnConnectionId=vpn, VpnConnectionDeviceTypeId=STRONGSWAN, **more)  # fmt: skip


def test_what_there_is_not(cloud, vpn):
    cloud.refuses(GET, "InvalidParameterValue", "0badcafe", "GetVpnConnectionDeviceTypes",
                  VpnConnectionId=vpn, VpnConnectionDeviceTypeId="0badcafe")  # fmt: skip
    cloud.refuses(GET, "InvalidVpnConnectionID.NotFound", VpnConnectionId="vpn-12345678",
                  VpnConnectionDeviceTypeId=STRONGSWAN)  # fmt: skip
    cloud("DeleteVpnConnection", VpnConnectionId=vpn)
    cloud.refuses(GET, "InvalidVpnConnectionID.NotFound", VpnConnectionId=vpn,
                  VpnConnectionDeviceTypeId=STRONGSWAN)  # fmt: skip


def test_reading_a_file_of_an_unattached_gateway(cloud):
    made = connect(cloud, customer_gateway(cloud), vpn_gateway(cloud))
    assert "BEGIN /etc/bird/bird.conf" in file(cloud, made["VpnConnectionId"])
