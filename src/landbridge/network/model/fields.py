"""What takes no part in comparisons of things."""

from dataclasses import field
from typing import Any


def owner() -> Any:
    """For which resource a thing ought to exist."""
    return field(default="", compare=False)


def payload() -> Any:
    """Carried along, and stood for by a digest in comparisons."""
    return field(default=None, compare=False, repr=False)
