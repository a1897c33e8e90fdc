"""An installation for one measurement."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from network.installation import Installation, free_port


@contextmanager
def installation(prefix: str, **variables: str) -> Iterator[Installation]:
    """Bring a service up with these environment variables, and take it down afterwards."""
    with tempfile.TemporaryDirectory(prefix="landbridge-bench-") as directory:
        Path(directory).chmod(0o755)
        found = Installation(Path(directory), prefix, free_port())
        found.environment |= variables
        try:
            found.landbridge("up")
            yield found
        finally:
            found.down(seconds=_DOWN_SECONDS)


_DOWN_SECONDS = 600.0
"Of the largest installation there is here, on a busy machine."
