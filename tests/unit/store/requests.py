"""Requests of every operation that changes something, about whatever there is."""

from collections.abc import Callable
from random import Random
from typing import Any

from sqlalchemy import select, text

from landbridge.aws.errors import ApiError
from landbridge.store.tables import vpc, vpn
from unit.services.ec2.cloud import Cloud
from unit.services.ec2.sites import connect, customer_gateway

BLOCKS = ("10.0.0.0/16", "10.1.0.0/16")
SUBNETS = tuple(f"10.{one}.{two}.0/24" for one in (0, 1) for two in range(4))
DESTINATIONS = ("192.168.0.0/16", "192.168.7.0/24", "172.16.0.0/12")


class Chance:
    """Choices among what there is, and is not deleted."""

    def __init__(self, cloud: Cloud, rng: Random) -> None:
        self._cloud = cloud
        self._rng = rng
        self.number = 0
        "One more with each request."

    def one(self, *of: Any) -> Any:
        return self._rng.choice(of)

    def rows(self, table: Any) -> list[Any]:
        with self._cloud.store.reading() as session:
            alive = [table.deleted_at.is_(None)] if hasattr(table, "deleted_at") else []
            query = select(table).where(*alive).order_by(text("rowid"))  # as they were made
            return list(session.scalars(query))

    def row(self, table: Any) -> Any:
        found = self.rows(table)
        if not found:
            raise ApiError(f"there is no {table.__name__}")
        return self._rng.choice(found)

    def id(self, table: Any) -> str:
        return self.row(table).id

    def ids(self, table: Any, at_most: int = 2) -> list[str]:
        found = [one.id for one in self.rows(table)]
        return self._rng.sample(found, min(len(found), self._rng.randint(1, at_most)))


def _permission(chance: Chance) -> dict[str, Any]:
    group = chance.row(vpc.SecurityGroup)
    if chance.one(True, False):
        return {"GroupId": group.id, "IpProtocol": "tcp", "FromPort": chance.number,
                "ToPort": chance.number, "CidrIp": "192.168.0.0/16"}  # fmt: skip
    others = [one.id for one in chance.rows(vpc.SecurityGroup) if one.vpc_id == group.vpc_id]
    pair = {"GroupId": chance.one(*others)}
    return {
        "GroupId": group.id,
        "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [pair]}],
    }


def _rule(chance: Chance, *, egress: bool) -> dict[str, Any]:
    rule = chance.row(vpc.SecurityGroupRule)
    if rule.is_egress is not egress:
        raise ApiError("not of this direction")
    return {"GroupId": rule.security_group_id, "SecurityGroupRuleIds": [rule.id]}


def _attachment(chance: Chance) -> dict[str, Any]:
    one = chance.row(vpn.VpnGatewayAttachment)
    return {"VpnGatewayId": one.vpn_gateway_id, "VpcId": one.vpc_id}


def _route(chance: Chance) -> dict[str, Any]:
    attachment = chance.row(vpn.VpnGatewayAttachment)
    tables = [one.id for one in chance.rows(vpc.RouteTable) if one.vpc_id == attachment.vpc_id]
    return {
        "RouteTableId": chance.one(*tables),
        "DestinationCidrBlock": chance.one(*DESTINATIONS),
        "GatewayId": attachment.vpn_gateway_id,
    }


def _created_route(chance: Chance) -> dict[str, Any]:
    one = chance.row(vpc.Route)
    return {
        "RouteTableId": one.route_table_id,
        "DestinationCidrBlock": one.destination_cidr_block,
    }


def _propagation(chance: Chance) -> dict[str, Any]:
    route = _route(chance)
    return {"RouteTableId": route["RouteTableId"], "GatewayId": route["GatewayId"]}


def _connection(chance: Chance) -> dict[str, Any]:
    request: dict[str, Any] = {
        "Type": "ipsec.1",
        "CustomerGatewayId": chance.id(vpn.CustomerGateway),
        "Options": {
            "StaticRoutesOnly": chance.one(True, False),
            "TunnelOptions": [
                {"StartupAction": chance.one("add", "start")},
                {"DPDTimeoutSeconds": chance.one(30, 60)},
            ],
        },
    }
    if chance.one(True, True, False):
        request["VpnGatewayId"] = chance.id(vpn.VpnGateway)
    return request


def _static_route(chance: Chance) -> dict[str, Any]:
    static = [one.id for one in chance.rows(vpn.VpnConnection) if one.static_routes_only]
    if not static:
        raise ApiError("there is no static connection")
    return {
        "VpnConnectionId": chance.one(*static),
        "DestinationCidrBlock": chance.one(*DESTINATIONS),
    }


def _static_route_that_is(chance: Chance) -> dict[str, Any]:
    one = chance.row(vpn.VpnConnectionRoute)
    return {
        "VpnConnectionId": one.vpn_connection_id,
        "DestinationCidrBlock": one.destination_cidr_block,
    }


REQUESTS: dict[str, Callable[[Chance], dict[str, Any]]] = {
    "AssociateRouteTable": lambda chance: {
        "RouteTableId": chance.id(vpc.RouteTable),
        "SubnetId": chance.id(vpc.Subnet),
    },
    "AttachVpnGateway": lambda chance: {
        "VpnGatewayId": chance.id(vpn.VpnGateway),
        "VpcId": chance.id(vpc.Vpc),
    },
    "AuthorizeSecurityGroupEgress": _permission,
    "AuthorizeSecurityGroupIngress": _permission,
    "CreateCustomerGateway": lambda chance: {
        "Type": "ipsec.1",
        "IpAddress": f"20.0.0.{chance.number % 250 + 1}",
        "BgpAsn": 65000,
    },
    "CreateRoute": _route,
    "CreateRouteTable": lambda chance: {"VpcId": chance.id(vpc.Vpc)},
    "CreateSecurityGroup": lambda chance: {
        "GroupName": f"group {chance.number}",
        "Description": "x",
        "VpcId": chance.id(vpc.Vpc),
    },
    "CreateSubnet": lambda chance: {
        "VpcId": chance.id(vpc.Vpc),
        "CidrBlock": chance.one(*SUBNETS),
    },
    "CreateTags": lambda chance: {
        "Resources": chance.ids(chance.one(vpc.Vpc, vpn.VpnConnection)),
        "Tags": [{"Key": "Name", "Value": str(chance.number)}],
    },
    "CreateVpc": lambda chance: {"CidrBlock": chance.one(*BLOCKS)},
    "CreateVpnConnection": _connection,
    "CreateVpnConnectionRoute": _static_route,
    "CreateVpnGateway": lambda _: {"Type": "ipsec.1"},
    "DeleteCustomerGateway": lambda chance: {"CustomerGatewayId": chance.id(vpn.CustomerGateway)},
    "DeleteRoute": _created_route,
    "DeleteRouteTable": lambda chance: {"RouteTableId": chance.id(vpc.RouteTable)},
    "DeleteSecurityGroup": lambda chance: {"GroupId": chance.id(vpc.SecurityGroup)},
    "DeleteSubnet": lambda chance: {"SubnetId": chance.id(vpc.Subnet)},
    "DeleteTags": lambda chance: {"Resources": chance.ids(vpc.Vpc)},
    "DeleteVpc": lambda chance: {"VpcId": chance.id(vpc.Vpc)},
    "DeleteVpnConnection": lambda chance: {"VpnConnectionId": chance.id(vpn.VpnConnection)},
    "DeleteVpnConnectionRoute": _static_route_that_is,
    "DeleteVpnGateway": lambda chance: {"VpnGatewayId": chance.id(vpn.VpnGateway)},
    "DetachVpnGateway": _attachment,
    "DisableVgwRoutePropagation": _propagation,
    "DisassociateRouteTable": lambda chance: {
        "AssociationId": chance.id(vpc.RouteTableAssociation)
    },
    "EnableVgwRoutePropagation": _propagation,
    "ModifyInstanceAttribute": lambda chance: {
        "InstanceId": chance.id(vpc.Instance),
        "Groups": chance.ids(vpc.SecurityGroup),
    },
    "ModifyNetworkInterfaceAttribute": lambda chance: {
        "NetworkInterfaceId": chance.row(vpc.Instance).network_interface_id,
        "Groups": chance.ids(vpc.SecurityGroup),
    },
    "ModifyVpcAttribute": lambda chance: {
        "VpcId": chance.id(vpc.Vpc),
        "EnableDnsHostnames": {"Value": chance.one(True, False)},
    },
    "ReplaceRoute": lambda chance: {
        **_created_route(chance),
        "GatewayId": chance.id(vpn.VpnGateway),
    },
    "ReplaceRouteTableAssociation": lambda chance: {
        "AssociationId": chance.id(vpc.RouteTableAssociation),
        "RouteTableId": chance.id(vpc.RouteTable),
    },
    "RevokeSecurityGroupEgress": lambda chance: _rule(chance, egress=True),
    "RevokeSecurityGroupIngress": lambda chance: _rule(chance, egress=False),
    "RunInstances": lambda chance: {
        "ImageId": "ami-12345678",
        "MinCount": 1,
        "MaxCount": chance.one(1, 2),
        "SubnetId": chance.id(vpc.Subnet),
        "SecurityGroupIds": chance.ids(vpc.SecurityGroup),
    },
    "TerminateInstances": lambda chance: {"InstanceIds": chance.ids(vpc.Instance)},
}


def attempt(cloud: Cloud, chance: Chance, name: str) -> dict[str, Any] | None:
    """Make one request of an operation; None when it was refused."""
    chance.number += 1
    try:
        request = REQUESTS[name](chance)
        cloud(name, **request)
    except ApiError:
        return None
    return request


def _change_gateways(cloud: Cloud, its: str, gateway: str) -> None:
    """Leave a route to a gateway that is attached no more."""
    table = cloud.main_table(its)["RouteTableId"]
    cloud("CreateRoute", RouteTableId=table, DestinationCidrBlock="10.99.0.0/16",
          GatewayId=gateway)  # fmt: skip
    cloud("DetachVpnGateway", VpnGatewayId=gateway, VpcId=its)
    cloud.build()
    cloud.gateway(its)


def furnish(cloud: Cloud, chance: Chance) -> None:
    """Make some of everything: what is used, and what may be deleted."""
    for block in BLOCKS:
        its = cloud.vpc(block)
        default = cloud.default_group(its)["GroupId"]
        gateway = cloud.gateway(its)
        for name in ("others", "spare"):
            cloud("CreateSecurityGroup", GroupName=name, Description="x", VpcId=its)
        cloud("CreateRouteTable", VpcId=its)
        cloud("EnableVgwRoutePropagation", RouteTableId=cloud.main_table(its)["RouteTableId"],
              GatewayId=gateway)  # fmt: skip
        for number in (1, 2):
            subnet = cloud.subnet(its, block.replace("0.0/16", f"{number}.0/24"))
            cloud.run(subnet, SecurityGroupIds=[default])
    customer = customer_gateway(cloud)
    static = connect(cloud, customer, gateway, StaticRoutesOnly=True)["VpnConnectionId"]
    connect(cloud, customer, None, StaticRoutesOnly=True)
    connect(cloud, customer_gateway(cloud, "20.1.0.1"), gateway)
    for name in ("CreateVpc", "CreateVpnGateway", "CreateCustomerGateway"):
        attempt(cloud, chance, name)
    _change_gateways(cloud, its, gateway)
    cloud.build()
    for destination in ("10.98.0.0/16", "10.99.0.0/16"):
        cloud("CreateVpnConnectionRoute", VpnConnectionId=static,
              DestinationCidrBlock=destination)  # fmt: skip
    for name in ("CreateVpnConnectionRoute", "CreateRoute", "AssociateRouteTable"):
        attempt(cloud, chance, name)
    cloud.build()
