"""What a customer builds, by the API alone, and the simulated site at the other end.

host 192.168.10.10 -- device ==tunnel 1, tunnel 2== gateway -- VPC 10.0.0.0/16 -- instance
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from landbridge.lab.configuration import read
from landbridge.lab.device import Device
from landbridge.lab.site import LAN, STRONGSWAN, Lab, download
from landbridge.network.drivers.bird import BirdError, Birds, Session
from landbridge.network.model import Bird
from landbridge.network.names import short
from network.installation import Installation, Pinger, wait_until

_numbers = itertools.count(2)
"Of device addresses: each world has its own."


class World:
    """One VPN connection from end to end."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.ec2 = installation.client
        self.lab = Lab(installation.names, installation.run_dir / "lab")
        self.device: Device

    def build(self, *, ike: str = "ikev2", **options: Any) -> "World":
        """Build all of it and wait until packets pass."""
        self.build_vpc()
        self.build_connection(**options)
        self.build_site(ike)
        wait_until(lambda: self.up() == 2, "both tunnels are up")
        wait_until(lambda: str(LAN) in self.routes(), "the device's route is propagated")
        return self

    def build_vpc(self, cidr: str = "10.0.0.0/16", subnet: str = "10.0.1.0/24") -> None:
        """A VPC with a subnet, an instance that answers the LAN's pings, and a gateway."""
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=subnet)["Subnet"]["SubnetId"]
        run = ec2.run_instances(
            ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=self.subnet
        )["Instances"][0]
        self.instance, self.address = run["InstanceId"], run["PrivateIpAddress"]
        self.vgw = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        ec2.attach_vpn_gateway(VpnGatewayId=self.vgw, VpcId=self.vpc)
        in_vpc = [{"Name": "vpc-id", "Values": [self.vpc]}]
        (table,) = ec2.describe_route_tables(Filters=in_vpc)["RouteTables"]
        self.route_table = table["RouteTableId"]
        ec2.enable_vgw_route_propagation(RouteTableId=self.route_table, GatewayId=self.vgw)
        (group,) = ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"]
        self.group = group["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=self.group, IpProtocol="icmp", FromPort=-1, ToPort=-1, CidrIp=str(LAN)
        )

    def build_connection(self, **options: Any) -> None:
        """A customer gateway and a connection, available."""
        self.create_connection(**options)
        wait_until(lambda: self.connection()["State"] == "available", "it is available")

    def create_connection(self, *, static: bool = False, asn: int = 65000, **options: Any) -> None:
        """A customer gateway and a connection."""
        ec2 = self.ec2
        self.cgw = ec2.create_customer_gateway(
            Type="ipsec.1", IpAddress=f"198.51.100.{next(_numbers)}", BgpAsn=asn
        )["CustomerGateway"]["CustomerGatewayId"]
        self.vpn = ec2.create_vpn_connection(
            Type="ipsec.1",
            CustomerGatewayId=self.cgw,
            VpnGatewayId=self.vgw,
            Options={"StaticRoutesOnly": static, **options},
        )["VpnConnection"]["VpnConnectionId"]

    def build_site(self, ike: str = "ikev2", device_type: str = STRONGSWAN) -> None:
        """A site from the downloaded file alone."""
        self.device = self.lab.build(self.vpn, self.file(ike, device_type))

    def announce(self, *networks: str) -> None:
        """Let the device announce these networks, besides its LAN."""
        config = read(self.file(), LAN).bird
        own = f"  route {LAN} unreachable;\n"
        assert own in config
        more = "".join(f"  route {network} unreachable;\n" for network in networks)
        announcing = Bird(
            namespace=self.device.router,
            digest=f"lab{len(networks)}",
            config=config.replace(own, own + more),
        )
        Birds(self.lab.directory).configure(announcing)

    def sessions(self) -> dict[str, Session]:
        """The gateway's BGP sessions; none while BIRD does not answer."""
        try:
            return Birds(self.installation.run_dir / "gateways").sessions(self.gateway)
        except BirdError:
            return {}

    def changes(self) -> list[datetime]:
        """When each tunnel's status changed last."""
        return [one["LastStatusChange"] for one in self.connection()["VgwTelemetry"]]

    @contextmanager
    def undisturbed(self, *, may_lose: int = 0) -> Iterator[None]:
        """Pings from both ends are answered, but for so many, and no tunnel's status changes."""
        before = self.changes()
        pingers = [
            Pinger(self.device.host, self.address),
            Pinger(self.instance_namespace, "192.168.10.10"),
        ]
        try:
            yield
        finally:
            counts = [pinger.stop() for pinger in pingers]
        assert min(sent for sent, _ in counts) > 10
        assert max(lost for _, lost in counts) <= may_lose
        assert self.changes() == before

    def delete_connection(self) -> None:
        """Delete the site and the connection."""
        self.device.remove()
        self.ec2.delete_vpn_connection(VpnConnectionId=self.vpn)

    def file(self, ike: str = "ikev2", device_type: str = STRONGSWAN) -> str:
        """Download the device's file."""
        return download(self.ec2, self.vpn, ike, device_type)

    def gateway_attachment(self) -> str:
        """The state of the gateway's attachment."""
        (gateway,) = self.ec2.describe_vpn_gateways(VpnGatewayIds=[self.vgw])["VpnGateways"]
        return gateway["VpcAttachments"][0]["State"]

    def connection(self) -> dict[str, Any]:
        """Describe the connection."""
        return self.ec2.describe_vpn_connections(VpnConnectionIds=[self.vpn])["VpnConnections"][0]

    def telemetry(self) -> list[tuple[str, str]]:
        """Status and message of both tunnels."""
        return [(one["Status"], one["StatusMessage"]) for one in self.connection()["VgwTelemetry"]]

    def up(self) -> int:
        """How many tunnels are up with all that belongs to it."""
        return sum(
            one["Status"] == "UP" and one["AcceptedRouteCount"] > 0
            for one in self.connection()["VgwTelemetry"]
        )

    def routes(self) -> dict[str, tuple[str, str]]:
        """The VPC's main route table: destination to origin and state."""
        (table,) = self.ec2.describe_route_tables(RouteTableIds=[self.route_table])["RouteTables"]
        return {
            one["DestinationCidrBlock"]: (one["Origin"], one["State"]) for one in table["Routes"]
        }

    def endpoint(self, number: int) -> str:
        """The namespace of a tunnel's endpoint."""
        return self.installation.names.endpoint(self.vpn, number)

    @property
    def gateway(self) -> str:
        """The gateway's namespace."""
        return self.installation.names.gateway(self.vgw)

    @property
    def vpc_namespace(self) -> str:
        """The VPC router's namespace."""
        return self.installation.names.vpc(self.vpc)

    @property
    def instance_namespace(self) -> str:
        """The instance's namespace."""
        return self.installation.names.instance(self.instance)

    @property
    def name(self) -> str:
        """The digits by which its namespaces are known."""
        return short(self.vpn)
