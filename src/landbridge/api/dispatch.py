"""From an operation's name and input to its answer: one transaction, one signal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network
from typing import Any

import landbridge.services.ec2
from landbridge.aws.errors import DryRunOperation, UnsupportedOperation
from landbridge.services.context import Context
from landbridge.services.registry import OPERATIONS, Request, Response
from landbridge.store.changes import has_changed
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
    "Rung after each commit that changed a resource."
    account_id: str
    region: str
    outside_pool: IPv4Network

    def run(
        self,
        service: str,
        name: str,
        request: Request,
        now: datetime,
        *,
        serialise: Callable[[Response], Any] = dict,
    ) -> Any:
        """Run one operation; what it changes is committed whole or not at all.

        The answer is serialised before the commit: what nobody can be told of is not done. A dry
        run goes as far as the real one and is then undone, so that it is refused for whatever the
        real one would be refused for.
        """
        operation = OPERATIONS.get((service, name))
        if operation is None:
            raise UnsupportedOperation(f"The operation {name} is not supported.")
        wanted = {member: value for member, value in request.items() if member != "DryRun"}
        with self.store.reading() if operation.reads_only else self.store.writing() as session:
            context = Context(
                session=session,
                now=now,
                account_id=self.account_id,
                region=self.region,
                sealer=self.sealer,
                outside_pool=self.outside_pool,
            )
            answer = serialise(operation.handler(context, wanted))
            if request.get("DryRun"):
                session.flush()
                raise DryRunOperation
            session.flush()
            changed = has_changed(session)
        if changed:
            self.signal()
        return answer
