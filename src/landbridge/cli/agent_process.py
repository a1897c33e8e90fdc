"""The agent as a process: what it is before it is the agent."""

import logging
import os
import sys

from landbridge import limits
from landbridge.cli.processes import ProcessError, Service, api_user, hold_lock
from landbridge.network import agent
from landbridge.network.probe import EspError
from landbridge.settings import StateError, from_environment
from landbridge.store.engine import StoreUnavailableError


def main() -> None:
    """Run the process; why it cannot run is its last line."""
    limits.settle()
    os.umask(0o022)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    settings = from_environment()
    try:
        hold_lock(Service("agent", settings))
        user = api_user(settings)
        agent.run(settings, (user.pw_uid, user.pw_gid))
    except (ProcessError, EspError, StateError, StoreUnavailableError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
