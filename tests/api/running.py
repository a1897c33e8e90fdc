"""The whole api in this process: uvicorn on a free port, a store of its own, real clients."""

import threading
from dataclasses import dataclass, field
from typing import Any

import boto3
import uvicorn
from botocore.config import Config

from landbridge.store.engine import Store

ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"


class Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@dataclass
class Running:
    """A running api."""

    port: int
    store: Store
    rings: list[None] = field(default_factory=list)
    "One for each time the api rang the agent's bell."

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **arguments: Any) -> Any:
        """Make a boto3 client for EC2 that tries once."""
        return boto3.client(
            "ec2",
            **{
                "endpoint_url": self.url,
                "region_name": REGION,
                "aws_access_key_id": ACCESS_KEY,
                "aws_secret_access_key": SECRET_KEY,
                "config": Config(retries={"total_max_attempts": 1}),
                **arguments,
            },
        )
