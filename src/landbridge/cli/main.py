"""`landbridge`: the entry of all commands."""

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from landbridge.cli import lab, service
from landbridge.cli.console import console, fail
from landbridge.cli.demo import demo as run_demo
from landbridge.cli.device_config import device_config
from landbridge.cli.doctor import checks
from landbridge.cli.environment import settings, variables
from landbridge.cli.overview import Overview, overview, troubles, tunnel_table
from landbridge.cli.processes import ProcessError
from landbridge.cli.running import as_running
from landbridge.settings import StateError
from landbridge.vpn.observed import Trouble

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Landbridge: a Site-to-Site VPN service with the Amazon EC2 API.",
)
app.add_typer(lab.app, name="lab")
app.command(name="device-config")(device_config)
_NOT_RUNNING = 3
"The exit status by which init scripts tell it (LSB)."
Json = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def up(
    restart: Annotated[
        bool, typer.Option(help="Restart the agent and the api; the tunnels go on.")
    ] = False,
    take_tunnels_down: Annotated[
        bool, typer.Option(help="Even if the store knows none of the tunnels that run here.")
    ] = False,
) -> None:
    """Start the service."""
    service.up(settings(), restart=restart, take_tunnels_down=take_tunnels_down)
    console.print(
        f"Landbridge is up: the EC2 API is at {as_running(settings()).endpoint_url}.\n"
        'Point your tools at it:  eval "$(landbridge env)"; aws ec2 describe-vpn-connections'
    )
    _show_troubles(troubles(settings()))


@app.command()
def down() -> None:
    """Stop the service and take everything away but its state."""
    service.down(settings())
    console.print(f"Landbridge is down. Its state stays in {settings().state_dir}.")


@app.command()
def status(as_json: Json = False) -> None:
    """Show the processes and the tunnels; the exit status is 3 unless all processes run."""
    try:
        found = overview(settings())
    except PermissionError:
        fail("cannot read the state directory.", hint="Try again with sudo.")
    if as_json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        _show(found)
    if not found.running:
        sys.exit(_NOT_RUNNING)


def _show(found: Overview) -> None:
    for name, pid in found.pids.items():
        console.print(f"{name:10} {'runs, pid ' + str(pid) if pid else '[red]does not run[/]'}")
    if not found.running:
        console.print("Start what does not run:  landbridge up")
    console.print(f"api at {found.endpoint}\n")
    _show_troubles(found.troubles)
    console.print(tunnel_table(found.tunnels) if found.tunnels else "There are no VPN connections.")


def _show_troubles(found: Sequence[Trouble]) -> None:
    """Say what could not be built, and is tried again."""
    for trouble in found:
        since = f"{trouble.since:%Y-%m-%d %H:%M:%S} UTC"
        console.print(f"[red]{trouble.resource}[/] since {since}: {trouble.message}")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check the machine: what it has, what it lacks, what will be used."""
    results = list(checks(settings()))
    if as_json:
        print(json.dumps([asdict(check) for check in results], indent=2))
    else:
        for check in results:
            mark = "[green]ok  [/]" if check.ok else "[red]FAIL[/]"
            remedy = f"  -> {check.remedy}" if check.remedy else ""
            console.print(f"{mark} {check.name:32} {check.finding}{remedy}", soft_wrap=True)
    if not all(check.ok for check in results):
        sys.exit(1)


@app.command()
def env(as_json: Json = False) -> None:
    """Print what tools need: eval "$(landbridge env)"."""
    try:
        known = variables(settings())
    except FileNotFoundError:
        fail(
            "there are no credentials yet.", hint="They are made at the first start: landbridge up"
        )
    except PermissionError:
        fail("the credentials are for their owner only.", hint="Try again with sudo.")
    if as_json:
        print(json.dumps(known, indent=2))
        return
    for name, value in known.items():
        print(f"export {name}={shlex.quote(value)}")


@app.command()
def demo() -> None:
    """Walk through the guide's "Getting started" with the real aws command."""
    run_demo(settings())


def main() -> None:
    """Run the command line; what is wrong with the installation is told in a sentence."""
    try:
        app()
    except StateError as error:
        fail(str(error), hint=error.remedy)
    except ProcessError as error:
        fail(str(error))


if __name__ == "__main__":
    main()
