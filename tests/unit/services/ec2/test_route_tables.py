"""Route tables: associations, routes, propagation as it is shown."""

import pytest

from landbridge.store.tables.vpc import RouteTable, Subnet
from unit.services.ec2.cloud import tagged, where


@pytest.fixture
def vpc(cloud):
    return cloud.vpc()


@pytest.fixture
def table(cloud, vpc):
    return cloud("CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]


def routes(cloud, table):
    (described,) = cloud("DescribeRouteTables", RouteTableIds=[table])["RouteTables"]
    return {
        one["DestinationCidrBlock"]: (one["GatewayId"], one["Origin"], one["State"])
        for one in described["Routes"]
    }


def test_creating_twice_with_one_token_creates_one(cloud, vpc):
    request = {"VpcId": vpc, "ClientToken": "t", "TagSpecifications": tagged("route-table", a="b")}
    first, second = (cloud("CreateRouteTable", **request) for _ in range(2))
    assert first == second
    assert first["RouteTable"]["Tags"] == [{"Key": "a", "Value": "b"}]
    assert first["RouteTable"]["Associations"] == []
    cloud.refuses("CreateRouteTable", "IdempotentParameterMismatch", VpcId=vpc, ClientToken="t")


def test_associating_a_subnet(cloud, vpc, table):
    subnet = cloud.subnet(vpc)
    cloud.build()
    answer = cloud("AssociateRouteTable", SubnetId=subnet, RouteTableId=table)
    assert answer["AssociationState"] == {"State": "associating"}
    cloud.build()
    filters = [where("association.subnet-id", subnet)]
    (described,) = cloud("DescribeRouteTables", Filters=filters)["RouteTables"]
    assert described["Associations"] == [
        {
            "RouteTableAssociationId": answer["AssociationId"],
            "RouteTableId": table,
            "SubnetId": subnet,
            "Main": False,
            "AssociationState": {"State": "associated"},
        }
    ]
    again = cloud("AssociateRouteTable", SubnetId=subnet, RouteTableId=table)
    assert again["AssociationId"] == answer["AssociationId"]
    assert cloud.generation(Subnet, subnet) == 2
    cloud.refuses("DeleteRouteTable", "DependencyViolation", RouteTableId=table)
    cloud("DisassociateRouteTable", AssociationId=answer["AssociationId"])
    assert cloud.generation(Subnet, subnet) == 3
    cloud.refuses(
        "DisassociateRouteTable",
        "InvalidAssociationID.NotFound",
        AssociationId=answer["AssociationId"],
    )
    cloud("DeleteRouteTable", RouteTableId=table)
    cloud.refuses("DescribeRouteTables", "InvalidRouteTableID.NotFound", RouteTableIds=[table])


def test_a_subnet_has_one_table_of_its_own_vpc(cloud, vpc, table):
    subnet = cloud.subnet(vpc)
    cloud("AssociateRouteTable", SubnetId=subnet, RouteTableId=table)
    other = cloud("CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    cloud.refuses(
        "AssociateRouteTable",
        "Resource.AlreadyAssociated",
        table,
        SubnetId=subnet,
        RouteTableId=other,
    )
    foreign = cloud.main_table(cloud.vpc("10.1.0.0/16"))["RouteTableId"]
    cloud.refuses(
        "AssociateRouteTable",
        "InvalidParameterValue",
        "belong to different networks",
        SubnetId=subnet,
        RouteTableId=foreign,
    )
    cloud.refuses("AssociateRouteTable", "UnsupportedOperation", RouteTableId=table, GatewayId="x")


def test_replacing_a_subnets_association(cloud, vpc, table):
    subnet = cloud.subnet(vpc)
    other = cloud("CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    before = cloud("AssociateRouteTable", SubnetId=subnet, RouteTableId=table)["AssociationId"]
    after = cloud("ReplaceRouteTableAssociation", AssociationId=before, RouteTableId=other)
    assert after["NewAssociationId"] != before
    filters = [where("association.subnet-id", subnet)]
    (described,) = cloud("DescribeRouteTables", Filters=filters)["RouteTables"]
    assert described["RouteTableId"] == other
    assert cloud.generation(Subnet, subnet) == 3


def test_another_main_table(cloud, vpc, table):
    implicit, explicit = cloud.subnet(vpc), cloud.subnet(vpc, "10.0.2.0/24")
    cloud("AssociateRouteTable", SubnetId=explicit, RouteTableId=table)
    old = cloud.main_table(vpc)
    (association,) = old["Associations"]
    cloud.refuses(
        "DisassociateRouteTable",
        "InvalidParameterValue",
        "main route table",
        AssociationId=association["RouteTableAssociationId"],
    )
    cloud.refuses("DeleteRouteTable", "DependencyViolation", RouteTableId=old["RouteTableId"])
    cloud(
        "ReplaceRouteTableAssociation",
        AssociationId=association["RouteTableAssociationId"],
        RouteTableId=table,
    )
    assert cloud.main_table(vpc)["RouteTableId"] == table
    assert cloud.generation(Subnet, implicit) == 2
    assert cloud.generation(Subnet, explicit) == 2  # by its own association only
    cloud("DeleteRouteTable", RouteTableId=old["RouteTableId"])


def test_a_route_lives_and_dies_with_its_gateway(cloud, vpc, table):
    gateway = cloud.gateway(vpc)
    request = {"RouteTableId": table, "DestinationCidrBlock": "192.168.0.0/16"}
    assert cloud("CreateRoute", **request, GatewayId=gateway) == {"Return": True}
    assert cloud.generation(RouteTable, table) == 2
    assert routes(cloud, table)["192.168.0.0/16"] == (gateway, "CreateRoute", "active")
    cloud.refuses("CreateRoute", "RouteAlreadyExists", **request, GatewayId=gateway)
    cloud("DetachVpnGateway", VpcId=vpc, VpnGatewayId=gateway)
    assert routes(cloud, table)["192.168.0.0/16"] == (gateway, "CreateRoute", "blackhole")
    cloud.build()
    other = cloud.gateway(vpc)
    assert routes(cloud, table)["192.168.0.0/16"] == (gateway, "CreateRoute", "blackhole")
    cloud("ReplaceRoute", **request, GatewayId=other)
    assert routes(cloud, table)["192.168.0.0/16"] == (other, "CreateRoute", "active")
    cloud("DeleteRoute", **request)
    assert list(routes(cloud, table)) == ["10.0.0.0/16"]
    cloud.refuses("DeleteRoute", "InvalidRoute.NotFound", **request)
    cloud.refuses("ReplaceRoute", "InvalidParameterValue", **request, GatewayId=other)


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        ("10.0.0.0/16", "RouteAlreadyExists"),
        ("10.0.1.0/24", "InvalidParameterValue"),
        ("192.168.0.0", "InvalidParameterValue"),
        ("", "MissingParameter"),
    ],
)
def test_a_destination_that_no_route_may_have(cloud, vpc, table, destination, code):
    cloud.refuses(
        "CreateRoute",
        code,
        RouteTableId=table,
        DestinationCidrBlock=destination,
        GatewayId=cloud.gateway(vpc),
    )


def test_a_destination_is_made_canonical(cloud, vpc, table):
    cloud(
        "CreateRoute",
        RouteTableId=table,
        DestinationCidrBlock="100.68.0.18/18",
        GatewayId=cloud.gateway(vpc),
    )
    assert "100.68.0.0/18" in routes(cloud, table)


@pytest.mark.parametrize(
    ("target", "code", "word"),
    [
        ({}, "MissingParameter", "gatewayId"),
        ({"GatewayId": "igw-12345678"}, "InvalidGatewayID.NotFound", "igw-12345678"),
        ({"NatGatewayId": "nat-12345678"}, "UnsupportedOperation", "NatGatewayId"),
        (
            {"GatewayId": "vgw-12345678", "InstanceId": "i-12345678"},
            "InvalidParameterCombination",
            "InstanceId",
        ),
    ],
)
def test_a_target_that_no_route_may_have(cloud, table, target, code, word):
    request = {"RouteTableId": table, "DestinationCidrBlock": "192.168.0.0/16"}
    cloud.refuses("CreateRoute", code, word, **request, **target)


def test_a_gateway_of_another_vpc_is_no_target(cloud, table):
    gateway = cloud.gateway(cloud.vpc("10.1.0.0/16"))
    cloud.refuses(
        "CreateRoute",
        "InvalidParameterValue",
        f"route table {table} and network gateway {gateway} belong to different networks",
        RouteTableId=table,
        DestinationCidrBlock="192.168.0.0/16",
        GatewayId=gateway,
    )


def test_the_local_route_stays(cloud, table):
    cloud.refuses(
        "DeleteRoute",
        "InvalidParameterValue",
        "cannot remove local route",
        RouteTableId=table,
        DestinationCidrBlock="10.0.0.0/16",
    )


def test_propagated_routes(cloud, vpc, table):
    gateway = cloud.gateway(vpc)
    cloud.learn(gateway, "192.168.0.0/16", "172.16.0.0/12", "10.0.5.0/24", "10.0.0.0/8")
    cloud("EnableVgwRoutePropagation", RouteTableId=table, GatewayId=gateway)
    cloud(
        "CreateRoute",
        RouteTableId=table,
        DestinationCidrBlock="172.16.0.0/12",
        GatewayId=gateway,
    )
    propagated = (gateway, "EnableVgwRoutePropagation", "active")
    assert routes(cloud, table) == {
        "10.0.0.0/16": ("local", "CreateRouteTable", "active"),
        "172.16.0.0/12": (gateway, "CreateRoute", "active"),
        "10.0.0.0/8": propagated,
        "192.168.0.0/16": propagated,
    }
    filters = [where("route.origin", "EnableVgwRoutePropagation")]
    (described,) = cloud("DescribeRouteTables", Filters=filters)["RouteTables"]
    assert described["PropagatingVgws"] == [{"GatewayId": gateway}]
    assert cloud.main_table(vpc)["PropagatingVgws"] == []
    cloud("DetachVpnGateway", VpcId=vpc, VpnGatewayId=gateway)
    assert list(routes(cloud, table)) == ["10.0.0.0/16", "172.16.0.0/12"]


def test_a_subnet_stays_available_while_its_table_changes(cloud, vpc, table):
    subnet = cloud.subnet(vpc)

    def state():
        (found,) = cloud("DescribeSubnets", SubnetIds=[subnet])["Subnets"]
        return found["State"]

    assert state() == "pending"
    cloud.build()
    cloud("AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    assert state() == "available"
