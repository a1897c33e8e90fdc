"""What a change, a question and standing idle cost with 10, 60 and 250 connections.

Ten connections without devices on each gateway, which has a VPC of its own; beside these one
connection with a simulated device, for routes and failover. One installation grows, so the columns
are of the same run.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from bench.installed import installation
from bench.processes import cpu_seconds, pss_kb
from bench.raw import Api, TooSlowError, until
from bench.traffic import failover
from landbridge.lab.configuration import read
from landbridge.lab.site import LAN
from landbridge.network.drivers.bird import Birds
from landbridge.network.model import Bird
from network.installation import Installation
from network.world import World

SIZES = (10, 60, 250)
QUICK = (2, 4)
_ON_A_GATEWAY = 10
"The guide's quota."
_POOL = "100.64.0.0/16"
"Outside addresses: two for each connection."
_REPEATS = 5
_QUESTIONS = 15
_FAILOVERS = 3
_MOST_DESCRIBED = 100
_GROW_SECONDS = 600.0
_CHANGE_SECONDS = 60.0
_QUIET_SECONDS = 30.0
"How long we wait, at most, for the agent to come to rest."
_QUIET_SHARE = 0.1
_IDLE_SECONDS = 30.0
"Every period of the agent is in it."
Say = Callable[[str], None]


@dataclass
class _Place:
    """An installation that grows."""

    service: Installation
    api: Api
    site: World
    "The connection with a device."
    text: str
    "The device's file."
    say: Say
    connections: list[str] = field(default_factory=list)
    gateway: str = ""
    "The newest."
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def connect(self, gateway: str) -> str:
        """One more connection, of a customer of its own; returns its id."""
        return self.ask_for(self.customer(), gateway)

    def customer(self) -> str:
        """One more customer gateway."""
        number = next(self.numbers)
        return self.api.made(
            "CreateCustomerGateway", "customerGatewayId", Type="ipsec.1", BgpAsn="65000",
            IpAddress=f"20.0.{number // 250}.{1 + number % 250}",
        )  # fmt: skip

    def ask_for(self, customer: str, gateway: str) -> str:
        """Create a connection; returns its id."""
        return self.api.made(
            "CreateVpnConnection", "vpnConnectionId", Type="ipsec.1",
            CustomerGatewayId=customer, VpnGatewayId=gateway,
        )  # fmt: skip

    def grow(self, size: int) -> float:
        """Have so many connections, all available; returns the seconds that it took."""
        begun = time.monotonic()
        while len(self.connections) < size:
            if time.monotonic() > begun + _GROW_SECONDS:
                raise TooSlowError(f"not within {_GROW_SECONDS:.0f} s: {size} are created")
            if len(self.connections) % _ON_A_GATEWAY == 0:
                self.gateway = self._attached_gateway()
            self.connections.append(self.connect(self.gateway))
        states = lambda: self.api.call("DescribeVpnConnections").count(_AVAILABLE)  # noqa: E731
        left = _GROW_SECONDS - (time.monotonic() - begun)
        until(lambda: states() > size, f"{size} are available", seconds=left, every=1.0)
        return time.monotonic() - begun

    def _attached_gateway(self) -> str:
        gateway = self.api.made("CreateVpnGateway", "vpnGatewayId", Type="ipsec.1")
        vpc = self.api.made("CreateVpc", "vpcId", CidrBlock="10.0.0.0/16")
        self.api.call("AttachVpnGateway", VpnGatewayId=gateway, VpcId=vpc)
        return gateway


_AVAILABLE = "<state>available</state>"


def measure(say: Say, sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """All figures for each size; a size that is not reached in time is the last."""
    results: dict[str, Any] = {}
    with _place(say) as place:
        for size in sizes:
            say(f"{size} connections: making them")
            try:
                results[str(size)] = {"reached_s": round(place.grow(size), 1), **_figures(place)}
            except TooSlowError as error:
                say(f"{size} connections: {error}")
                results[str(size)] = {"given_up": str(error)}
                break
    return results


@contextmanager
def _place(say: Say) -> Iterator[_Place]:
    say("an installation with one site")
    with installation("lbbs", LANDBRIDGE_OUTSIDE_POOL=_POOL) as service:
        site = World(service)
        site.build()
        yield _Place(service, Api.of(service), site, site.file(), say)


def _figures(place: _Place) -> dict[str, Any]:
    """Measure everything at the present size."""
    measured: dict[str, Callable[[_Place], Any]] = {
        "create_to_available_ms": _creations,
        "learnt_route_ms": _routes,
        "describe_one_ms": lambda at: _questions(at, at.connections[:1]),
        "describe_all_ms": lambda at: _questions(at, at.connections[:_MOST_DESCRIBED]),
        "tag_ms": _tags,
        "failover_ms": _failovers,
    }
    results: dict[str, Any] = {}
    for name, figure in measured.items():
        place.say(f"{len(place.connections)} connections: {name}")
        try:
            results[name] = round(figure(place), 1)
        except (TooSlowError, AssertionError) as error:
            results[name] = str(error)
    place.say(f"{len(place.connections)} connections: at rest")
    return results | _at_rest(place.service)


def _creations(place: _Place) -> float:
    """One more connection, on a gateway that has one: until it is available, milliseconds."""
    return median(_creation(place) for _ in range(_REPEATS))


def _creation(place: _Place) -> float:
    customer = place.customer()
    state = lambda: place.api.call("DescribeVpnConnections", VpnConnectionId__1=made)  # noqa: E731
    begun = time.perf_counter()
    made = place.ask_for(customer, place.site.vgw)
    until(lambda: _AVAILABLE in state(), "one more is available", seconds=_CHANGE_SECONDS)
    took = (time.perf_counter() - begun) * 1000
    place.api.call("DeleteVpnConnection", VpnConnectionId=made)
    until(lambda: "<state>deleted</state>" in state(), "it is deleted", seconds=_CHANGE_SECONDS)
    place.api.call("DeleteCustomerGateway", CustomerGatewayId=customer)
    return took


def _routes(place: _Place) -> float:
    """One more prefix from the device: until the route table has it, milliseconds."""
    return median(_route(place, number) for number in range(_REPEATS))


def _route(place: _Place, number: int) -> float:
    prefix = f"192.168.{20 + number}.0/24"
    table = lambda: place.api.call(  # noqa: E731
        "DescribeRouteTables", RouteTableId__1=place.site.route_table
    )
    begun = time.perf_counter()
    _announce(place, prefix)
    until(lambda: f">{prefix}<" in table(), "the route is learnt", seconds=_CHANGE_SECONDS)
    took = (time.perf_counter() - begun) * 1000
    _announce(place)
    until(lambda: f">{prefix}<" not in table(), "it is withdrawn", seconds=_CHANGE_SECONDS)
    return took


def _announce(place: _Place, *more: str) -> None:
    """Have the device announce its LAN and these prefixes."""
    config = read(place.text, LAN).bird
    assert config is not None
    lan = f"route {LAN} unreachable;"
    assert lan in config
    routes = "\n".join((lan, *(f"  route {prefix} unreachable;" for prefix in more)))
    Birds(place.site.lab.directory).configure(
        Bird(
            namespace=place.site.device.router,
            digest="bench",
            config=config.replace(lan, routes),
        )
    )


def _questions(place: _Place, ids: Sequence[str]) -> float:
    asked = {f"VpnConnectionId__{number}": one for number, one in enumerate(ids, start=1)}
    return median(place.api.timed("DescribeVpnConnections", **asked)[1] for _ in range(_QUESTIONS))


def _tags(place: _Place) -> float:
    return median(
        place.api.timed(
            "CreateTags", ResourceId__1=place.connections[0], Tag__1__Key="Name",
            Tag__1__Value=str(number),
        )[1]
        for number in range(_QUESTIONS)
    )  # fmt: skip


def _failovers(place: _Place) -> float:
    """How long pings go unanswered when the device closes the tunnel in use, milliseconds."""
    times = []
    for _ in range(_FAILOVERS):
        times.append(failover(place.site))
        place.site.device.restore(1)
        until(lambda: place.site.up() == 2, "both tunnels are up", seconds=_CHANGE_SECONDS)
    return median(times)


def _at_rest(service: Installation) -> dict[str, Any]:
    """What standing idle costs, simulated sites left out."""
    daemons = [
        pid
        for namespace in service.namespaces()
        if service.names.ours(namespace)
        for pid in service.processes(namespace)
    ]
    agent, api = service.pid("agent"), service.pid("api")
    _quiet(agent)
    before = [cpu_seconds(agent), cpu_seconds(api), sum(map(cpu_seconds, daemons))]
    time.sleep(_IDLE_SECONDS)  # noqa: TID251 - time itself is measured
    after = [cpu_seconds(agent), cpu_seconds(api), sum(map(cpu_seconds, daemons))]
    shares = [
        round(100 * (now - then) / _IDLE_SECONDS, 2)
        for then, now in zip(before, after, strict=True)
    ]
    return {
        **dict(zip(_SHARES, shares, strict=True)),
        "agent_pss_mb": round(pss_kb(agent) / 1024, 1),
        "api_pss_mb": round(pss_kb(api) / 1024, 1),
        "daemons_pss_mb": round(sum(map(pss_kb, daemons)) / 1024, 1),
        "agent_file_descriptors": len(list(Path(f"/proc/{agent}/fd").iterdir())),
    }


_SHARES = ("agent_idle_cpu_percent", "api_idle_cpu_percent", "daemons_idle_cpu_percent")


def _quiet(agent: int) -> None:
    """Wait until the agent has come to rest, or does not."""
    limit = time.monotonic() + _QUIET_SECONDS
    share = 1.0
    while share > _QUIET_SHARE and time.monotonic() < limit:
        before = cpu_seconds(agent)
        time.sleep(5)  # noqa: TID251 - time itself is measured
        share = (cpu_seconds(agent) - before) / 5


def table(results: dict[str, Any]) -> Table:
    """Draw the figures side by side, and how many times the first the last is."""
    drawn = Table("Connections", *results, "last/first", box=None, pad_edge=False)
    columns = list(results.values())
    for name in dict.fromkeys(name for column in columns for name in column):
        figures = [column.get(name) for column in columns]
        drawn.add_row(
            name.replace("_", " "),
            *("" if one is None else str(one) for one in figures),
            _ratio(figures[0], figures[-1]),
        )
    return drawn


def _ratio(first: Any, last: Any) -> str:
    numbers = isinstance(first, int | float) and isinstance(last, int | float)
    return f"{last / first:.1f}" if numbers and first else ""
