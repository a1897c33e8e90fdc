"""`landbridge lab`: simulated customer sites."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated

import botocore.exceptions
import typer

from landbridge.cli.console import console, fail
from landbridge.cli.environment import ec2_client, settings
from landbridge.cli.service import require_root
from landbridge.lab.device import Device, DeviceError
from landbridge.lab.frr import FrrError
from landbridge.lab.model import ConfigurationError
from landbridge.lab.site import LAN, Lab, download
from landbridge.network.drivers.charon import CharonError
from landbridge.network.drivers.netns import LINUX_FAILURES, inside
from landbridge.network.names import Names
from landbridge.settings import Settings
from landbridge.vpn.algorithms import IKE_VERSIONS

app = typer.Typer(no_args_is_help=True, help="Simulated customer sites.")
Connection = Annotated[str, typer.Argument(metavar="VPN-ID", help="The VPN connection.")]
Tunnel = Annotated[int, typer.Option("--tunnel", min=1, max=2, help="Which of the two tunnels.")]


def lab(chosen: Settings) -> Lab:
    """The sites of an installation."""
    return Lab(
        Names(chosen.namespace_prefix),
        chosen.run_dir / "lab",
        esp=chosen.esp,
        datapath=chosen.datapath_dir,
    )


def _existing(vpn_connection_id: str) -> Device:
    require_root()
    device = lab(settings()).device(vpn_connection_id)
    if not device.exists:
        fail(
            f"{vpn_connection_id} has no simulated site.",
            hint=f"Build one: landbridge lab up {vpn_connection_id}",
        )
    return device


@contextmanager
def _whole(vpn_connection_id: str) -> Iterator[None]:
    """Say what to do when something of a site has ended, or somebody has taken it away."""
    try:
        yield
    except (CharonError, *LINUX_FAILURES):
        again = f"landbridge lab {{}} {vpn_connection_id}".format
        fail(
            f"the simulated site of {vpn_connection_id} is not whole any more.",
            hint=f"Build it anew: {again('down')}; {again('up')}",
        )


@app.command()
def up(
    vpn_connection_id: Connection,
    config: Annotated[
        Path | None, typer.Option(help="A downloaded strongSwan file; default: download it.")
    ] = None,
    network: Annotated[str, typer.Option(help="The network behind the device.")] = str(LAN),
    ike: Annotated[str, typer.Option(help="ikev1 or ikev2, when downloading.")] = IKE_VERSIONS[1],
) -> None:
    """Build a site from a downloaded configuration and start its tunnels."""
    require_root()
    chosen = settings()
    try:
        text = (
            config.read_text() if config else download(ec2_client(chosen), vpn_connection_id, ike)
        )
        device = lab(chosen).build(vpn_connection_id, text, IPv4Network(network))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (ConfigurationError, DeviceError, FrrError, ValueError) as error:
        fail(str(error))
    except botocore.exceptions.ClientError as error:
        fail(error.response["Error"]["Message"])
    console.print(
        f"The site is up: device {device.router}, a host behind it {device.host}.\n"
        f"Ping from there: landbridge lab ping {vpn_connection_id} ADDRESS"
    )


@app.command()
def down(vpn_connection_id: Connection) -> None:
    """Take a site away."""
    _existing(vpn_connection_id).remove()


@app.command(name="list")
def list_sites() -> None:
    """List the sites, by the last ten digits of their connection's id."""
    for site in lab(settings()).sites():
        console.print(f"vpn-*{site}")


@app.command(name="fail")
def fail_tunnel(vpn_connection_id: Connection, tunnel: Tunnel = 1) -> None:
    """Disable a tunnel on the device."""
    with _whole(vpn_connection_id):
        _existing(vpn_connection_id).fail(tunnel)


@app.command()
def restore(vpn_connection_id: Connection, tunnel: Tunnel = 1) -> None:
    """Enable a tunnel on the device again."""
    with _whole(vpn_connection_id):
        _existing(vpn_connection_id).restore(tunnel)


@app.command()
def ping(
    vpn_connection_id: Connection,
    address: Annotated[str, typer.Argument(help="For example an instance's private address.")],
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 4,
) -> None:
    """Ping from the host behind the device."""
    device = _existing(vpn_connection_id)
    try:
        target = IPv4Address(address)
    except ValueError:
        fail(f"{address} is not an IPv4 address.")
    with inside(device.host):
        done = subprocess.run(["ping", "-c", str(count), str(target)], check=False)
    sys.exit(done.returncode)
