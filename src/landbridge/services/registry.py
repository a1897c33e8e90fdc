"""The table of operations: who answers what.

A handler takes the request as a dict parsed by the service model's input shape and returns a
dict for the output shape; it raises `landbridge.aws.errors.ApiError` to refuse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from landbridge.services.context import Context

Request = dict[str, Any]
Response = dict[str, Any]
Handler = Callable[[Context, Request], Response]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table."""

    service: str
    "botocore's service name, for example `ec2`."
    name: str
    "The operation's name in the service model, for example `CreateVpnGateway`."
    handler: Handler

    @property
    def reads_only(self) -> bool:
        """Whether it changes nothing; such a request takes no write lock."""
        return self.name.startswith(("Describe", "Get", "List", "Search"))


OPERATIONS: dict[tuple[str, str], Operation] = {}


def operation(name: str, *, service: str = "ec2") -> Callable[[Handler], Handler]:
    """Enter a handler into the table; twice the same name is a programming error."""

    def enter(handler: Handler) -> Handler:
        key = (service, name)
        if key in OPERATIONS:
            raise ValueError(f"operation {service}:{name} has two handlers")
        OPERATIONS[key] = Operation(service, name, handler)
        return handler

    return enter
