"""A customer who goes on writing whatever happens, and remembers what was acknowledged.

What has no answer may have happened or not, and is not held against the service, nor is that it
says Unavailable for a moment; any other fault of its own (5xx) is noted.
"""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

Key = tuple[str, ...]
_MOST_VPCS, _MOST_CONNECTIONS = 6, 3
_PAUSE_SECONDS = 0.05
IMPATIENT = Config(retries={"total_max_attempts": 1}, read_timeout=30)
"Of a client without attempts of its own: one call, one answer or none."


class Ledger:
    """What is known to be there, with its attributes, and what is known to be gone (None)."""

    def __init__(self) -> None:
        self.known: dict[Key, Any] = {}
        self.acknowledged = 0

    def forget(self, *keys: Key) -> None:
        """Nobody knows how these are until the next answer."""
        for key in keys:
            self.known.pop(key, None)

    def note(self, key: Key, value: Any) -> None:
        """An answer said so."""
        self.known[key] = value
        self.acknowledged += 1

    def living(self, kind: str) -> list[Key]:
        """The keys of a kind that are there."""
        return [key for key, value in self.known.items() if key[0] == kind and value is not None]

    def against(self, seen: Mapping[Key, Any]) -> dict[Key, tuple[Any, Any]]:
        """What is not as it was acknowledged: as it should be, and as it is."""
        return {
            key: (value, seen.get(key))
            for key, value in self.known.items()
            if seen.get(key) != value
        }


def seen(ec2: Any) -> dict[Key, Any]:
    """All that a ledger can have, as the API tells it."""
    found: dict[Key, Any] = {}
    vpcs = ec2.describe_vpcs()["Vpcs"]
    connections = [
        one
        for one in ec2.describe_vpn_connections()["VpnConnections"]
        if one["State"] not in ("deleting", "deleted")
    ]
    for one in vpcs:
        found["vpc", one["VpcId"]] = one["CidrBlock"]
    for one in connections:
        found["vpn", one["VpnConnectionId"]] = _attributes(one)
        for route in one["Routes"]:
            if route["State"] not in ("deleting", "deleted"):
                found["route", one["VpnConnectionId"], route["DestinationCidrBlock"]] = True
    for one in (*vpcs, *connections):
        for tag in one.get("Tags", []):
            found["tag", one.get("VpcId") or one["VpnConnectionId"], tag["Key"]] = tag["Value"]
    return found


def _attributes(connection: Mapping[str, Any]) -> tuple[Any, ...]:
    """What was given out at creation and never changes, the keys included."""
    return (
        connection["CustomerGatewayId"],
        connection["VpnGatewayId"],
        connection["Options"]["StaticRoutesOnly"],
        connection["CustomerGatewayConfiguration"],
    )


class Writer(threading.Thread):
    """Creates and deletes VPCs, connections, static routes and tags, until told to stop."""

    def __init__(self, client: Any, customer: str, gateway: str, seed: int) -> None:
        super().__init__(name="writer", daemon=True)
        self.ledger = Ledger()
        self.faults: list[str] = []
        self.refused: Counter[str] = Counter()
        self._ec2 = client
        self._customer, self._gateway = customer, gateway
        self._random = random.Random(seed)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Write one thing after another."""
        deeds = [
            *[self._create_vpc] * 2, self._delete_vpc, self._create_connection,
            self._delete_connection, *[self._create_route] * 3, self._delete_route,
            *[self._tag] * 4, self._untag,
        ]  # fmt: skip
        while not self._stopping.wait(_PAUSE_SECONDS):
            with self._answered():
                self._random.choice(deeds)()

    def clean_up(self) -> None:
        """Delete everything that is there but what the ledger never had."""
        for _, vpn in self.ledger.living("vpn"):
            self._ec2.delete_vpn_connection(VpnConnectionId=vpn)
        for _, vpc in self.ledger.living("vpc"):
            self._ec2.delete_vpc(VpcId=vpc)

    @contextmanager
    def _answered(self) -> Any:
        try:
            yield
        except ClientError as error:
            if _status(error) < HTTPStatus.INTERNAL_SERVER_ERROR:
                self.refused[error.response["Error"]["Code"]] += 1
            elif _status(error) != HTTPStatus.SERVICE_UNAVAILABLE:
                self.faults.append(str(error))
        except BotoCoreError:
            return  # no answer: nobody knows

    def _write(self, key: Key, value: Any, call: Callable[[], Any], *gone: Key) -> None:
        """Make a call whose answer means that `key` is so from now on, and `gone` no longer."""
        before = dict(self.ledger.known)
        self.ledger.forget(key, *gone)
        try:
            call()
        except ClientError as error:
            if _status(error) < HTTPStatus.INTERNAL_SERVER_ERROR:
                self.ledger.known = before
            raise
        self.ledger.note(key, value)

    def _pick(self, kind: str) -> Key | None:
        living = self.ledger.living(kind)
        return self._random.choice(living) if living else None

    def _create_vpc(self) -> None:
        if len(self.ledger.living("vpc")) >= _MOST_VPCS:
            return
        cidr, name = f"10.{self._random.randrange(100, 200)}.0.0/16", uuid.uuid4().hex
        specified = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
        vpc = self._ec2.create_vpc(CidrBlock=cidr, TagSpecifications=specified)["Vpc"]["VpcId"]
        self.ledger.note(("vpc", vpc), cidr)
        self.ledger.note(("tag", vpc, "Name"), name)

    def _delete_vpc(self) -> None:
        if key := self._pick("vpc"):
            self._write(key, None, lambda: self._ec2.delete_vpc(VpcId=key[1]), *self._of(key[1]))

    def _create_connection(self) -> None:
        if len(self.ledger.living("vpn")) >= _MOST_CONNECTIONS:
            return
        made = self._ec2.create_vpn_connection(
            Type="ipsec.1",
            CustomerGatewayId=self._customer,
            VpnGatewayId=self._gateway,
            Options={"StaticRoutesOnly": True},
        )["VpnConnection"]
        self.ledger.note(("vpn", made["VpnConnectionId"]), _attributes(made))

    def _delete_connection(self) -> None:
        if key := self._pick("vpn"):
            delete = lambda: self._ec2.delete_vpn_connection(VpnConnectionId=key[1])  # noqa: E731
            self._write(key, None, delete, *self._of(key[1]))

    def _of(self, resource: str) -> list[Key]:
        """What goes with a resource."""
        return [key for key in self.ledger.known if len(key) > 2 and key[1] == resource]

    def _create_route(self) -> None:
        if key := self._pick("vpn"):
            cidr = f"172.16.{self._random.randrange(8)}.0/24"
            create = lambda: self._ec2.create_vpn_connection_route(  # noqa: E731
                VpnConnectionId=key[1], DestinationCidrBlock=cidr
            )
            self._write(("route", key[1], cidr), True, create)

    def _delete_route(self) -> None:
        if key := self._pick("route"):
            delete = lambda: self._ec2.delete_vpn_connection_route(  # noqa: E731
                VpnConnectionId=key[1], DestinationCidrBlock=key[2]
            )
            self._write(key, None, delete)

    def _tag(self) -> None:
        if key := self._pick(self._random.choice(["vpc", "vpn"])):
            name, value = f"key-{self._random.randrange(4)}", uuid.uuid4().hex
            create = lambda: self._ec2.create_tags(  # noqa: E731
                Resources=[key[1]], Tags=[{"Key": name, "Value": value}]
            )
            self._write(("tag", key[1], name), value, create)

    def _untag(self) -> None:
        if key := self._pick("tag"):
            delete = lambda: self._ec2.delete_tags(  # noqa: E731
                Resources=[key[1]], Tags=[{"Key": key[2]}]
            )
            self._write(key, None, delete)


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
