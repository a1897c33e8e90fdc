"""`landbridge demo`: the guide's "Getting started", with the real `aws` command.

Each command is shown with its outcome. What a step expects is checked; the first that does not
hold ends the demo with the reason and a status other than zero.
"""

import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import botocore.exceptions

from landbridge.cli import service
from landbridge.cli.console import console
from landbridge.cli.environment import aws_environment, ec2_client
from landbridge.cli.lab import lab
from landbridge.cli.overview import tunnel_rows, tunnel_table
from landbridge.lab.device import HOST_NUMBER, Device
from landbridge.lab.site import LAN, OUTSIDE, STRONGSWAN
from landbridge.network.drivers.netns import inside
from landbridge.network.names import Names
from landbridge.settings import Settings

_NAME = "landbridge-demo"
"The Name tag of everything that the demo makes; the next demo removes it first."
_VPC, _SUBNET = "10.0.0.0/16", "10.0.1.0/24"
_ASN = 65000
_WAIT_SECONDS = 60.0
_POLL_SECONDS = 0.2
_PING_INTERVAL = 0.02
"Seconds between the pings that watch the failover."
_REPLY = re.compile(r"^\[(\d+\.\d+)\] .* icmp_seq=(\d+) ", re.MULTILINE)
_RTT = re.compile(r"= [\d.]+/([\d.]+)/")


class StepError(RuntimeError):
    """A step of the demo that does not hold."""


@dataclass
class Demo:
    """One walk through."""

    settings: Settings
    started: float = field(default_factory=time.monotonic)
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="landbridge-")))

    def __post_init__(self) -> None:
        """Find the tools."""
        self.ec2 = ec2_client(self.settings)
        self.environment = aws_environment(self.settings)
        beside = Path(sys.executable).with_name("aws")
        self.aws_program = str(beside) if beside.exists() else shutil.which("aws") or "aws"

    def aws(self, command: str, **values: str) -> dict[str, Any]:
        """Run `aws ec2 ...`, show it, and return its answer."""
        text = command.format(**values)
        console.print(f"[bold]$ aws ec2 {text}[/]", markup=True)
        done = subprocess.run(
            [self.aws_program, "ec2", *shlex.split(text), "--output", "json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StepError(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def wait(self, what: str, holds: Callable[[], bool]) -> float:
        """Ask until something holds; returns the seconds it took."""
        begun = time.monotonic()
        pause = threading.Event()
        with console.status(f"Waiting until {what} ..."):
            while not holds():
                if time.monotonic() - begun > _WAIT_SECONDS:
                    raise StepError(f"after {_WAIT_SECONDS:.0f} s it does not hold that {what}")
                pause.wait(_POLL_SECONDS)
        return time.monotonic() - begun

    def connection(self, vpn: str) -> dict[str, Any]:
        """Describe the demo's connection."""
        answer = self.ec2.describe_vpn_connections(VpnConnectionIds=[vpn])
        return dict(answer["VpnConnections"][0])

    def up(self, vpn: str) -> int:
        """Count the tunnels that are up."""
        return sum(one["Status"] == "UP" for one in self.connection(vpn)["VgwTelemetry"])


def demo(settings: Settings) -> None:
    """Run the demo; the service stays up afterwards."""
    service.up(settings)
    console.print(f"Landbridge is up at {settings.endpoint_url}.\n")
    walk = Demo(settings)
    try:
        _remove_last(walk)
        result = _walk(walk)
    except (StepError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        reason = str(error).strip().replace("\n", " ")
        console.print(f"[bold red]The demo stops here:[/] {reason}")
        print(f"demo: failed reason={json.dumps(reason)}")
        sys.exit(1)
    finally:
        shutil.rmtree(walk.directory, ignore_errors=True)
    print(f"demo: ok {result} total_s={time.monotonic() - walk.started:.1f}")


def _walk(walk: Demo) -> str:
    _heading("A VPC with a subnet and an instance")
    vpc = walk.aws(f"create-vpc --cidr-block {_VPC} {_tag('vpc')}")["Vpc"]["VpcId"]
    _outcome(vpc)
    subnet = walk.aws(f"create-subnet --vpc-id {vpc} --cidr-block {_SUBNET}")["Subnet"]["SubnetId"]
    _outcome(subnet)
    run = f"run-instances --image-id ami-12345678 --instance-type t3.micro --subnet-id {subnet}"
    instance = walk.aws(f"{run} {_tag('instance')}")["Instances"][0]
    _outcome(f"{instance['InstanceId']} at {instance['PrivateIpAddress']}")
    _heading("Step 1: a customer gateway")
    address = _free_device_address(walk)
    create = f"create-customer-gateway --type ipsec.1 --ip-address {address} --bgp-asn {_ASN}"
    cgw = walk.aws(f"{create} {_tag('customer-gateway')}")["CustomerGateway"]["CustomerGatewayId"]
    _outcome(cgw)
    vgw = _gateway(walk, vpc)
    vpn = _connection(walk, cgw, vgw)
    device = _site(walk, vpn)
    ping = _pings(walk, device, instance["PrivateIpAddress"], instance["InstanceId"])
    failover = _failover(walk, device, vpn, instance["PrivateIpAddress"])
    _summary(walk, vpn, vpc, device, instance["PrivateIpAddress"])
    return f"tunnels={walk.up(vpn)}/2 bgp={_bgp(walk, vpn)}/2 ping_ms={ping} failover_ms={failover}"


def _gateway(walk: Demo, vpc: str) -> str:
    _heading("Step 2: a virtual private gateway, attached to the VPC")
    create = f"create-vpn-gateway --type ipsec.1 {_tag('vpn-gateway')}"
    vgw = str(walk.aws(create)["VpnGateway"]["VpnGatewayId"])
    _outcome(vgw)
    walk.aws(f"attach-vpn-gateway --vpn-gateway-id {vgw} --vpc-id {vpc}")

    def attached() -> bool:
        (gateway,) = walk.ec2.describe_vpn_gateways(VpnGatewayIds=[vgw])["VpnGateways"]
        return bool(gateway["VpcAttachments"][0]["State"] == "attached")

    _outcome(f"attached after {walk.wait('it is attached', attached):.1f} s")
    _heading("Step 3: routing")
    filters = f"--filters Name=vpc-id,Values={vpc}"
    table = walk.aws(f"describe-route-tables {filters}")["RouteTables"][0]["RouteTableId"]
    _outcome(table)
    walk.aws(f"enable-vgw-route-propagation --route-table-id {table} --gateway-id {vgw}")
    _outcome(f"routes of {vgw} are propagated into {table}")
    _heading("Step 4: the security group lets ICMP in")
    groups = walk.aws(f"describe-security-groups {filters}")["SecurityGroups"]
    rule = f"--protocol icmp --port -1 --cidr {LAN}"
    walk.aws(f"authorize-security-group-ingress --group-id {groups[0]['GroupId']} {rule}")
    _outcome(f"{groups[0]['GroupId']}: ICMP from {LAN}")
    return vgw


def _connection(walk: Demo, cgw: str, vgw: str) -> str:
    _heading("Step 5: a Site-to-Site VPN connection, all options at their defaults")
    create = f"create-vpn-connection --type ipsec.1 --customer-gateway-id {cgw}"
    tag = _tag("vpn-connection")
    vpn = walk.aws(f"{create} --vpn-gateway-id {vgw} {tag}")["VpnConnection"]["VpnConnectionId"]
    took = walk.wait("it is available", lambda: walk.connection(vpn)["State"] == "available")
    _outcome(f"{vpn} is available after {took:.1f} s")
    return str(vpn)


def _site(walk: Demo, vpn: str) -> Device:
    _heading("Step 6: download the configuration for a strongSwan device")
    get = f"get-vpn-connection-device-sample-configuration --vpn-connection-id {vpn}"
    options = f"--vpn-connection-device-type-id {STRONGSWAN} --internet-key-exchange-version ikev2"
    answer = walk.aws(f"{get} {options}")
    file = walk.directory / f"{vpn}.txt"
    file.write_text(answer["VpnConnectionDeviceSampleConfiguration"])
    _outcome(f"{len(file.read_text().splitlines())} lines in {file}")
    _heading("Step 7: configure the customer gateway device, from that file alone")
    console.print(f"[bold]$ landbridge lab up {vpn} --config {file}[/]")
    device = lab(walk.settings).build(vpn, file.read_text())
    took = walk.wait("both tunnels are UP with BGP", lambda: _bgp(walk, vpn) == 2)
    _outcome(f"both tunnels are UP, BGP established, {took:.1f} s after the device's start")
    walk.wait("the route is in the VPC's table", lambda: _propagated(walk, vpn))
    return device


def _pings(walk: Demo, device: Device, instance_address: str, instance_id: str) -> str:
    _heading("Testing: ping the instance from behind the device, and the other way round")
    there = _ping(device.host, instance_address)
    instance = Names(walk.settings.namespace_prefix).instance(instance_id)
    _ping(instance, str(LAN[HOST_NUMBER]))
    return there


def _ping(namespace: str, address: str) -> str:
    """Ping four times; returns the mean round trip in milliseconds."""
    console.print(f"[bold]$ ip netns exec {namespace} ping -c 4 -i 0.2 {address}[/]")
    with inside(namespace):
        done = subprocess.run(
            ["ping", "-c", "4", "-i", "0.2", "-W", "2", address],
            capture_output=True,
            text=True,
            check=False,
        )
    average = _RTT.search(done.stdout)
    if done.returncode != 0 or average is None or " 0% packet loss" not in done.stdout:
        raise StepError(f"ping from {namespace} to {address}: {done.stdout.strip()[-200:]}")
    _outcome(done.stdout.strip().splitlines()[-1])
    return average[1]


def _failover(walk: Demo, device: Device, vpn: str, address: str) -> str:
    """Disable a tunnel under a ping; returns the longest pause in milliseconds."""
    _heading("Failover: tunnel 1 is disabled on the device while a ping goes on")
    with inside(device.host):
        ping = subprocess.Popen(
            ["ping", "-D", "-i", str(_PING_INTERVAL), "-c", "250", "-W", "1", address],
            stdout=subprocess.PIPE,
            text=True,
        )
    try:
        console.print(f"[bold]$ landbridge lab fail {vpn} --tunnel 1[/]")
        device.fail(1)
        walk.wait("tunnel 1 is DOWN", lambda: walk.up(vpn) == 1)
        _outcome("tunnel 1 is DOWN, tunnel 2 is UP")
        output, _ = ping.communicate(timeout=30)
    finally:
        with suppress(ProcessLookupError):
            ping.kill()
    pause = longest_pause(output)
    _outcome(f"{output.strip().splitlines()[-2]}; the longest pause was {pause:.0f} ms")
    console.print(f"[bold]$ landbridge lab restore {vpn} --tunnel 1[/]")
    device.restore(1)
    took = walk.wait("both tunnels are UP with BGP again", lambda: _bgp(walk, vpn) == 2)
    _outcome(f"both tunnels are UP again after {took:.1f} s")
    return f"{pause:.0f}"


def longest_pause(output: str) -> float:
    """Measure in `ping -D`'s output the longest time without a reply beyond the interval, in ms."""
    at = [float(moment) for moment, _ in _REPLY.findall(output)]
    if len(at) < 2:
        raise StepError("the ping was not answered")
    longest = max(later - earlier for earlier, later in itertools.pairwise(at))
    return max(0.0, longest - _PING_INTERVAL) * 1000


def _bgp(walk: Demo, vpn: str) -> int:
    """Count the tunnels with a BGP session over which the device's network is learnt."""
    telemetry = walk.connection(vpn)["VgwTelemetry"]
    return sum(one["Status"] == "UP" and one["AcceptedRouteCount"] > 0 for one in telemetry)


def _propagated(walk: Demo, vpn: str) -> bool:
    gateway = walk.connection(vpn)["VpnGatewayId"]
    tables = walk.ec2.describe_route_tables()["RouteTables"]
    return any(
        route.get("GatewayId") == gateway and route["DestinationCidrBlock"] == str(LAN)
        for table in tables
        for route in table["Routes"]
    )


def _summary(walk: Demo, vpn: str, vpc: str, device: Device, address: str) -> None:
    _heading("Summary")
    rows = [row for row in tunnel_rows(walk.settings) if row.connection == vpn]
    console.print(tunnel_table(rows))
    console.print(
        f"\nThe API:   {walk.settings.endpoint_url}\n"
        f'Go on:     eval "$(landbridge env)"; aws ec2 describe-vpn-connections\n'
        f"           aws ec2 describe-route-tables --filters Name=vpc-id,Values={vpc}\n"
        f"           landbridge lab fail {vpn} --tunnel 2; landbridge status\n"
        f"           landbridge lab ping {vpn} {address}\n"
        f"The site:  {device.router} (device), {device.host} (host), see `ip netns`\n"
        f"Stop:      landbridge down\n"
    )


def _free_device_address(walk: Demo) -> IPv4Address:
    answer = walk.ec2.describe_customer_gateways()["CustomerGateways"]
    used = {one.get("IpAddress") for one in answer if one["State"] != "deleted"}
    free = (address for address in OUTSIDE.hosts() if address != OUTSIDE[1])
    return next(address for address in free if str(address) not in used)


def _tag(resource_type: str) -> str:
    specification = f"ResourceType={resource_type},Tags=[{{Key=Name,Value={_NAME}}}]"
    return f"--tag-specifications {shlex.quote(specification)}"


def _heading(text: str) -> None:
    console.print(f"\n[bold cyan]{text}[/]")


def _outcome(text: str) -> None:
    console.print(f"  {text}", style="green", markup=False)


def _remove_last(walk: Demo) -> None:
    """Remove what the last demo left, so that demos do not pile up."""
    mine = [{"Name": "tag:Name", "Values": [_NAME]}]
    ec2 = walk.ec2
    for connection in ec2.describe_vpn_connections(Filters=mine)["VpnConnections"]:
        if connection["State"] in {"pending", "available"}:
            lab(walk.settings).device(connection["VpnConnectionId"]).remove()
            ec2.delete_vpn_connection(VpnConnectionId=connection["VpnConnectionId"])
    for gateway in ec2.describe_vpn_gateways(Filters=mine)["VpnGateways"]:
        if gateway["State"] in {"pending", "available"}:
            _remove_gateway(walk, gateway["VpnGatewayId"])
    for customer in ec2.describe_customer_gateways(Filters=mine)["CustomerGateways"]:
        if customer["State"] == "available":
            ec2.delete_customer_gateway(CustomerGatewayId=customer["CustomerGatewayId"])
    for vpc in ec2.describe_vpcs(Filters=mine)["Vpcs"]:
        _remove_vpc(walk, vpc["VpcId"])


def _remove_gateway(walk: Demo, gateway_id: str) -> None:
    def attachments() -> list[Any]:
        (gateway,) = walk.ec2.describe_vpn_gateways(VpnGatewayIds=[gateway_id])["VpnGateways"]
        return [one for one in gateway["VpcAttachments"] if one["State"] != "detached"]

    for attachment in attachments():
        walk.ec2.detach_vpn_gateway(VpnGatewayId=gateway_id, VpcId=attachment["VpcId"])
    walk.wait("the last demo's gateway is detached", lambda: not attachments())
    walk.ec2.delete_vpn_gateway(VpnGatewayId=gateway_id)


def _remove_vpc(walk: Demo, vpc_id: str) -> None:
    ec2, inside_vpc = walk.ec2, [{"Name": "vpc-id", "Values": [vpc_id]}]
    reservations = ec2.describe_instances(Filters=inside_vpc)["Reservations"]
    instances = [one["InstanceId"] for each in reservations for one in each["Instances"]]
    if instances:
        ec2.terminate_instances(InstanceIds=instances)

    def running() -> bool:
        found = ec2.describe_instances(InstanceIds=instances)["Reservations"] if instances else []
        return any(
            one["State"]["Name"] != "terminated" for each in found for one in each["Instances"]
        )

    walk.wait("the last demo's instance is terminated", lambda: not running())
    for subnet in ec2.describe_subnets(Filters=inside_vpc)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc_id)
