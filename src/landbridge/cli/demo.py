"""`landbridge demo`: the guide's "Getting started", with the real `aws` command.

Each command is shown with its outcome. What a step expects is checked; the first that does not
hold ends the demo with the reason and a status other than zero.
"""

import itertools
import json
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from ipaddress import IPv4Address

import botocore.exceptions

from landbridge.cli import service
from landbridge.cli.console import console
from landbridge.cli.demo_leftovers import remove_last, tag
from landbridge.cli.lab import lab
from landbridge.cli.overview import tunnel_rows, tunnel_table
from landbridge.cli.walk import StepError, Walk, heading, outcome, show
from landbridge.lab.device import HOST_NUMBER, Device
from landbridge.lab.site import LAN, STRONGSWAN
from landbridge.network.drivers.netns import inside
from landbridge.network.names import Names
from landbridge.settings import DEVICE_POOL, Settings

_VPC, _SUBNET = "10.0.0.0/16", "10.0.1.0/24"
_ASN = 65000
_PING_INTERVAL = 0.02
"Seconds between the pings that watch the failover."
_REPLY = re.compile(r"^\[(\d+\.\d+)\] .* icmp_seq=(\d+) ", re.MULTILINE)
_RTT = re.compile(r"= [\d.]+/([\d.]+)/")


def demo(settings: Settings) -> None:
    """Run the demo; the service stays up afterwards."""
    service.up(settings)
    console.print(f"Landbridge is up at {settings.endpoint_url}.\n")
    walk = Walk(settings)
    try:
        remove_last(walk)
        result = _walk(walk)
    except (StepError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        reason = str(error).strip().replace("\n", " ")
        console.print(f"[bold red]The demo stops here:[/] {reason}")
        print(f"demo: failed reason={json.dumps(reason)}")
        sys.exit(1)
    finally:
        shutil.rmtree(walk.directory, ignore_errors=True)
    print(f"demo: ok {result} total_s={time.monotonic() - walk.started:.1f}")


def _walk(walk: Walk) -> str:
    heading("A VPC with a subnet and an instance")
    vpc = walk.aws(f"create-vpc --cidr-block {_VPC} {tag('vpc')}")["Vpc"]["VpcId"]
    outcome(vpc)
    subnet = walk.aws(f"create-subnet --vpc-id {vpc} --cidr-block {_SUBNET}")["Subnet"]["SubnetId"]
    outcome(subnet)
    run = f"run-instances --image-id ami-12345678 --instance-type t3.micro --subnet-id {subnet}"
    instance = walk.aws(f"{run} {tag('instance')}")["Instances"][0]
    outcome(f"{instance['InstanceId']} at {instance['PrivateIpAddress']}")
    heading("Step 1: a customer gateway")
    address = _free_device_address(walk)
    create = f"create-customer-gateway --type ipsec.1 --ip-address {address} --bgp-asn {_ASN}"
    cgw = walk.aws(f"{create} {tag('customer-gateway')}")["CustomerGateway"]["CustomerGatewayId"]
    outcome(cgw)
    vgw = _gateway(walk, vpc)
    vpn = _connection(walk, cgw, vgw)
    device = _site(walk, vpn)
    ping = _pings(walk, device, instance["PrivateIpAddress"], instance["InstanceId"])
    failover = _failover(walk, device, vpn, instance["PrivateIpAddress"])
    _summary(walk, vpn, vpc, device, instance["PrivateIpAddress"])
    return f"tunnels={walk.up(vpn)}/2 bgp={_bgp(walk, vpn)}/2 ping_ms={ping} failover_ms={failover}"


def _gateway(walk: Walk, vpc: str) -> str:
    heading("Step 2: a virtual private gateway, attached to the VPC")
    create = f"create-vpn-gateway --type ipsec.1 {tag('vpn-gateway')}"
    vgw = str(walk.aws(create)["VpnGateway"]["VpnGatewayId"])
    outcome(vgw)
    walk.aws(f"attach-vpn-gateway --vpn-gateway-id {vgw} --vpc-id {vpc}")

    def attached() -> bool:
        (gateway,) = walk.ec2.describe_vpn_gateways(VpnGatewayIds=[vgw])["VpnGateways"]
        return bool(gateway["VpcAttachments"][0]["State"] == "attached")

    outcome(f"attached after {walk.wait('it is attached', attached):.1f} s")
    heading("Step 3: routing")
    filters = f"--filters Name=vpc-id,Values={vpc}"
    table = walk.aws(f"describe-route-tables {filters}")["RouteTables"][0]["RouteTableId"]
    outcome(table)
    walk.aws(f"enable-vgw-route-propagation --route-table-id {table} --gateway-id {vgw}")
    outcome(f"routes of {vgw} are propagated into {table}")
    heading("Step 4: the security group lets ICMP in")
    groups = walk.aws(f"describe-security-groups {filters}")["SecurityGroups"]
    rule = f"--protocol icmp --port -1 --cidr {LAN}"
    walk.aws(f"authorize-security-group-ingress --group-id {groups[0]['GroupId']} {rule}")
    outcome(f"{groups[0]['GroupId']}: ICMP from {LAN}")
    return vgw


def _connection(walk: Walk, cgw: str, vgw: str) -> str:
    heading("Step 5: a Site-to-Site VPN connection, all options at their defaults")
    create = f"create-vpn-connection --type ipsec.1 --customer-gateway-id {cgw}"
    named = tag("vpn-connection")
    vpn = walk.aws(f"{create} --vpn-gateway-id {vgw} {named}")["VpnConnection"]["VpnConnectionId"]
    took = walk.wait("it is available", lambda: walk.connection(vpn)["State"] == "available")
    outcome(f"{vpn} is available after {took:.1f} s")
    return str(vpn)


def _site(walk: Walk, vpn: str) -> Device:
    heading("Step 6: download the configuration for a strongSwan device")
    get = f"get-vpn-connection-device-sample-configuration --vpn-connection-id {vpn}"
    options = f"--vpn-connection-device-type-id {STRONGSWAN} --internet-key-exchange-version ikev2"
    answer = walk.aws(f"{get} {options}")
    file = walk.directory / f"{vpn}.txt"
    file.write_text(answer["VpnConnectionDeviceSampleConfiguration"])
    outcome(f"{len(file.read_text().splitlines())} lines in {file}")
    heading("Step 7: configure the customer gateway device, from that file alone")
    show(f"landbridge lab up {vpn} --config {file}")
    device = lab(walk.settings).build(vpn, file.read_text())
    took = walk.wait("both tunnels are UP with BGP", lambda: _bgp(walk, vpn) == 2)
    outcome(f"both tunnels are UP, BGP established, {took:.1f} s after the device's start")
    walk.wait("the route is in the VPC's table", lambda: _propagated(walk, vpn))
    return device


def _pings(walk: Walk, device: Device, instance_address: str, instance_id: str) -> str:
    heading("Testing: ping the instance from behind the device, and the other way round")
    there = _ping(device.host, instance_address)
    instance = Names(walk.settings.namespace_prefix).instance(instance_id)
    _ping(instance, str(LAN[HOST_NUMBER]))
    return there


def _ping(namespace: str, address: str) -> str:
    """Ping four times; returns the mean round trip in milliseconds."""
    show(f"ip netns exec {namespace} ping -c 4 -i 0.2 {address}")
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
    outcome(done.stdout.strip().splitlines()[-1])
    return average[1]


def _failover(walk: Walk, device: Device, vpn: str, address: str) -> str:
    """Disable a tunnel under a ping; returns the longest pause in milliseconds."""
    heading("Failover: tunnel 1 is disabled on the device while a ping goes on")
    with inside(device.host):
        ping = subprocess.Popen(
            ["ping", "-D", "-i", str(_PING_INTERVAL), "-c", "250", "-W", "1", address],
            stdout=subprocess.PIPE,
            text=True,
        )
    try:
        show(f"landbridge lab fail {vpn} --tunnel 1")
        device.fail(1)
        walk.wait("tunnel 1 is DOWN", lambda: walk.up(vpn) == 1)
        outcome("tunnel 1 is DOWN, tunnel 2 is UP")
        output, _ = ping.communicate(timeout=30)
    finally:
        with suppress(ProcessLookupError):
            ping.kill()
    pause = longest_pause(output)
    outcome(f"{output.strip().splitlines()[-2]}; the longest pause was {pause:.0f} ms")
    show(f"landbridge lab restore {vpn} --tunnel 1")
    device.restore(1)
    took = walk.wait("both tunnels are UP with BGP again", lambda: _bgp(walk, vpn) == 2)
    outcome(f"both tunnels are UP again after {took:.1f} s")
    return f"{pause:.0f}"


def longest_pause(output: str) -> float:
    """Measure in `ping -D`'s output the longest time without a reply beyond the interval, in ms."""
    at = [float(moment) for moment, _ in _REPLY.findall(output)]
    if len(at) < 2:
        raise StepError("the ping was not answered")
    longest = max(later - earlier for earlier, later in itertools.pairwise(at))
    return max(0.0, longest - _PING_INTERVAL) * 1000


def _bgp(walk: Walk, vpn: str) -> int:
    """Count the tunnels with a BGP session over which the device's network is learnt."""
    telemetry = walk.connection(vpn)["VgwTelemetry"]
    return sum(one["Status"] == "UP" and one["AcceptedRouteCount"] > 0 for one in telemetry)


def _propagated(walk: Walk, vpn: str) -> bool:
    gateway = walk.connection(vpn)["VpnGatewayId"]
    tables = walk.ec2.describe_route_tables()["RouteTables"]
    return any(
        route.get("GatewayId") == gateway and route["DestinationCidrBlock"] == str(LAN)
        for table in tables
        for route in table["Routes"]
    )


def _summary(walk: Walk, vpn: str, vpc: str, device: Device, address: str) -> None:
    heading("Summary")
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


def _free_device_address(walk: Walk) -> IPv4Address:
    answer = walk.ec2.describe_customer_gateways()["CustomerGateways"]
    used = {one.get("IpAddress") for one in answer if one["State"] != "deleted"}
    free = (address for address in DEVICE_POOL.hosts() if address != DEVICE_POOL[1])
    return next(address for address in free if str(address) not in used)
