"""The api as a process: what it does as root, before it is the api and its user."""

import argparse
import os
import sys

from landbridge import limits
from landbridge.cli import owned_files
from landbridge.cli.processes import ProcessError, Service, api_user, hold_lock
from landbridge.cli.running import record
from landbridge.cli.unprivileged import run_as
from landbridge.settings import StateError, from_environment


def main() -> None:
    """Run the process; why it cannot run is its last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="a listening socket")
    fd = parser.parse_args().fd
    limits.settle()
    os.umask(0o022)
    settings = from_environment()
    try:
        hold_lock(Service("api", settings))
        user = api_user(settings)
        owned_files.share_store(settings, user)
    except (ProcessError, StateError) as error:
        sys.exit(str(error))
    record(settings, fd)
    run_as(user, "landbridge.api.serve", ["--fd", str(fd)], settings.run_dir / "program")


if __name__ == "__main__":
    main()
