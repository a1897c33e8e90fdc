"""What the commands print on: colours on a terminal only."""

import sys
from typing import NoReturn

from rich.console import Console

_WIDE = 200
"Columns where there is no terminal: a file or a pipe cuts nothing off."


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDE
    return Console(highlight=False, soft_wrap=True, stderr=stderr, width=width)


console = _console(stderr=False)
errors = _console(stderr=True)


def fail(message: str, *, hint: str | None = None) -> NoReturn:
    """Say what is wrong and what to do about it, and exit with status 1."""
    errors.print(f"[bold red]landbridge:[/] {message}")
    if hint:
        errors.print(hint, style="dim")
    sys.exit(1)
