"""A request reads what it asks for: by index, and in as many statements whatever else there is."""

import re
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event

from unit.services.ec2.cloud import tagged, where
from unit.services.ec2.sites import connect, customer_gateway

READS_ALL = re.compile(
    r"SCAN (intent|observed)_(?!vpn_connections USING INDEX ix_intent_vpn_connections_created_at)"
)
"A step of a query's plan; the newest connection alone is read by that index."


class Site:
    """A VPC with an instance, and a VPN connection with a route; every one like the next."""

    def __init__(self, cloud, number):
        self.number = number
        self.customer = customer_gateway(cloud, f"20.0.0.{number}")
        self.vpc = cloud.vpc()
        self.subnet = cloud.subnet(self.vpc)
        self.gateway = cloud.gateway(self.vpc)
        self.table = cloud("CreateRouteTable", VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        cloud("EnableVgwRoutePropagation", RouteTableId=self.table, GatewayId=self.gateway)
        cloud("AssociateRouteTable", RouteTableId=self.table, SubnetId=self.subnet)
        self.group = cloud.default_group(self.vpc)["GroupId"]
        instance = cloud.run(self.subnet)
        self.instance = instance["InstanceId"]
        self.interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
        self.vpn = connect(cloud, self.customer, self.gateway, StaticRoutesOnly=True)[
            "VpnConnectionId"
        ]
        cloud.build()
        cloud("CreateVpnConnectionRoute", VpnConnectionId=self.vpn,
              DestinationCidrBlock="10.9.0.0/16")  # fmt: skip
        cloud.learn(self.gateway, "10.9.0.0/16")
        cloud("CreateTags", Resources=[self.vpn], Tags=[{"Key": "Name", "Value": "x"}])


REQUESTS = {
    "DescribeVpnConnections": lambda site: {"VpnConnectionIds": [site.vpn]},
    "DescribeCustomerGateways": lambda site: {"CustomerGatewayIds": [site.customer]},
    "DescribeVpnGateways": lambda site: {"VpnGatewayIds": [site.gateway]},
    "DescribeVpcs": lambda site: {"VpcIds": [site.vpc]},
    "DescribeSubnets": lambda site: {"SubnetIds": [site.subnet]},
    "DescribeRouteTables": lambda site: {"RouteTableIds": [site.table]},
    "DescribeSecurityGroups": lambda site: {"GroupIds": [site.group]},
    "DescribeInstances": lambda site: {"InstanceIds": [site.instance]},
    "DescribeNetworkInterfaces": lambda site: {"NetworkInterfaceIds": [site.interface]},
    "GetVpnConnectionDeviceSampleConfiguration": lambda site: {
        "VpnConnectionId": site.vpn,
        "VpnConnectionDeviceTypeId": "9005b6c1",
    },
    "DescribeTags": lambda site: {"Filters": [where("resource-id", site.vpn)]},
    "CreateTags": lambda site: {"Resources": [site.vpn], "Tags": [{"Key": "a", "Value": "b"}]},
    "DeleteTags": lambda site: {"Resources": [site.vpn]},
    "CreateCustomerGateway": lambda site: {
        "Type": "ipsec.1",
        "IpAddress": f"20.1.0.{site.number}",
        "TagSpecifications": tagged("customer-gateway", a="b"),
    },
    "CreateVpnGateway": lambda _: {"Type": "ipsec.1"},
    "CreateVpnConnection": lambda site: {"Type": "ipsec.1", "CustomerGatewayId": site.customer},
    "CreateVpnConnectionRoute": lambda site: {
        "VpnConnectionId": site.vpn,
        "DestinationCidrBlock": "10.8.0.0/16",
    },
    "CreateVpc": lambda _: {"CidrBlock": "10.0.0.0/16"},
    "CreateSubnet": lambda site: {"VpcId": site.vpc, "CidrBlock": "10.0.2.0/24"},
    "CreateRouteTable": lambda site: {"VpcId": site.vpc, "ClientToken": str(site.number)},
    "RunInstances": lambda site: {
        "ImageId": "ami-12345678",
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": site.subnet,
        "ClientToken": str(site.number),
    },
    "AuthorizeSecurityGroupIngress": lambda site: {
        "GroupId": site.group,
        "IpProtocol": "-1",
        "CidrIp": "10.9.0.0/16",
    },
    "ModifyNetworkInterfaceAttribute": lambda site: {
        "NetworkInterfaceId": site.interface,
        "Groups": [site.group],
    },
    "DetachVpnGateway": lambda site: {"VpnGatewayId": site.gateway, "VpcId": site.vpc},
    "DeleteVpnConnection": lambda site: {"VpnConnectionId": site.vpn},
    "TerminateInstances": lambda site: {"InstanceIds": [site.instance]},
}


def statements(cloud, name, request):
    """Run a request and list what it asked the store."""
    seen = []

    def note(_connection, _cursor, statement, parameters, *_):
        seen.append((statement, parameters))

    event.listen(cloud.store.engine, "before_cursor_execute", note)
    try:
        cloud(name, **request)
    finally:
        event.remove(cloud.store.engine, "before_cursor_execute", note)
    return seen


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_costs_what_it_asks_for(cloud, name):
    few = len(statements(cloud, name, REQUESTS[name](Site(cloud, 1))))
    Site(cloud, 2)
    seen = statements(cloud, name, REQUESTS[name](Site(cloud, 3)))
    assert len(seen) == few, "\n".join(statement for statement, _ in seen)
    with closing(sqlite3.connect(cloud.store.path)) as plans:
        for statement, parameters in seen:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                plan = plans.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
                steps = [step for *_, step in plan]
                assert not any(map(READS_ALL.search, steps)), (statement, steps)
