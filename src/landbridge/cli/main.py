"""`landbridge`: the entry of all commands."""

import json
import shlex
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from landbridge.cli import lab, service
from landbridge.cli.console import console, fail
from landbridge.cli.demo import demo as run_demo
from landbridge.cli.device_config import device_config
from landbridge.cli.doctor import checks
from landbridge.cli.environment import variables
from landbridge.cli.overview import PROCESSES, overview, troubles, tunnel_rows, tunnel_table
from landbridge.cli.processes import ProcessError
from landbridge.cli.running import as_running
from landbridge.settings import Settings, StateError, from_environment

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


def settings() -> Settings:
    """Read the settings, or say which is wrong."""
    try:
        return from_environment()
    except ValueError as error:
        fail(str(error))


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
        print(json.dumps(found, indent=2))
    else:
        _show(found)
    if not found["running"]:
        sys.exit(_NOT_RUNNING)


def _show(found: dict[str, Any]) -> None:
    for name in PROCESSES:
        pid = found[name]
        console.print(f"{name:10} {'runs, pid ' + str(pid) if pid else '[red]does not run[/]'}")
    if not found["running"]:
        console.print("Start what does not run:  landbridge up")
    console.print(f"api at {found['endpoint']}\n")
    for trouble in troubles(settings()):
        since = f"{trouble.since:%Y-%m-%d %H:%M:%S} UTC"
        console.print(f"[red]{trouble.resource}[/] since {since}: {trouble.message}")
    rows = list(tunnel_rows(settings()))
    console.print(tunnel_table(rows) if rows else "There are no VPN connections.")


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
