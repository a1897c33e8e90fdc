"""Golden files: what a text was when somebody last looked at it and found it right.

`GOLDEN=write pytest ...` writes them; look at the difference before you commit it.
"""

import os
from pathlib import Path

DIRECTORY = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare a text with its golden file."""
    file = DIRECTORY / name
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), f"{name} differs; GOLDEN=write makes it anew"
