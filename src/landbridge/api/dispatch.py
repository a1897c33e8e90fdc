"""From an operation's name and input to its answer: one transaction, one signal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network
from typing import Any

import landbridge.services.ec2
from landbridge.aws.errors import DryRunOperation, UnsupportedOperation
from landbridge.services.context import Context
from landbridge.services.registry import OPERATIONS
from landbridge.store.engine import Store
from landbridge.store.secrets import Sealer

SERVICES = (landbridge.services.ec2,)
"The packages whose operations are in the registry."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Runs operations."""

    store: Store
    sealer: Sealer
    signal: Callable[[], None]
    "Rung after each commit that may have changed what the agent has to do."
    account_id: str
    region: str
    outside_pool: IPv4Network

    def run(
        self, service: str, name: str, request: dict[str, Any], now: datetime
    ) -> dict[str, Any]:
        """Run one operation; what it changes is committed whole or not at all."""
        operation = OPERATIONS.get((service, name))
        if operation is None:
            raise UnsupportedOperation(f"The operation {name} is not supported.")
        dry_run = request.pop("DryRun", False)
        with self.store.reading() if operation.reads_only else self.store.writing() as session:
            answer = operation.handler(
                Context(
                    session=session,
                    now=now,
                    account_id=self.account_id,
                    region=self.region,
                    sealer=self.sealer,
                    outside_pool=self.outside_pool,
                ),
                request,
            )
            if dry_run:
                raise DryRunOperation
        if not operation.reads_only:
            self.signal()
        return answer
