"""The api process: serves HTTP on a socket that it was given, without any privilege."""

import argparse
import asyncio
import logging
import socket
from typing import Any

import uvicorn

from landbridge import limits, sd_notify
from landbridge.api import credentials
from landbridge.api.app import Api, create_app
from landbridge.api.background import repeat, tasks
from landbridge.api.connections import LimitedConnection
from landbridge.api.dispatch import Dispatcher
from landbridge.settings import Settings, from_environment
from landbridge.store import signal
from landbridge.store.engine import Store
from landbridge.store.secrets import Sealer


def build(settings: Settings) -> Api:
    """Put the api of an installation together."""
    known = credentials.load(settings.credentials)
    return Api(
        dispatcher=Dispatcher(
            store=Store(settings.database, role="api"),
            sealer=Sealer.from_file(settings.sealing_key),
            signal=lambda: signal.ring(settings.bell),
            account_id=known.account_id,
            region=settings.region,
            outside_pool=settings.outside_pool,
        ),
        secret_of=known.secret_of,
    )


def configuration(api: Api, **more: Any) -> uvicorn.Config:
    """Say how the api is served; `more` is uvicorn's."""
    return uvicorn.Config(
        create_app(api),
        http=LimitedConnection,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        **more,
    )


async def serve(api: Api, fd: int) -> None:
    """Serve until SIGTERM."""
    server = uvicorn.Server(configuration(api))
    background = [
        asyncio.create_task(repeat(one)) for one in tasks(api.dispatcher.store, api.clock)
    ]
    sd_notify.ready()  # the socket listens already
    # As a socket that knows its protocol: only then does asyncio turn Nagle's algorithm off, which
    # costs 40 ms a request.
    await server.serve(sockets=[socket.socket(fileno=fd)])
    for task in background:
        task.cancel()


def main() -> None:
    """Run the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="a listening socket")
    arguments = parser.parse_args()
    limits.settle()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    asyncio.run(serve(build(from_environment()), arguments.fd))


if __name__ == "__main__":
    main()
