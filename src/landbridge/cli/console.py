"""What the commands print on: colours on a terminal only."""

import sys
from typing import NoReturn

from rich.console import Console

console = Console(highlight=False, soft_wrap=True)
errors = Console(highlight=False, soft_wrap=True, stderr=True)


def fail(message: str, *, hint: str | None = None) -> NoReturn:
    """Say what is wrong and what to do about it, and exit with status 1."""
    errors.print(f"[bold red]landbridge:[/] {message}")
    if hint:
        errors.print(hint, style="dim")
    sys.exit(1)
