"""A file's sections: a ruler, a title, a ruler, as comments of the device's language."""

import re

_TITLE = re.compile(r"^(\W*)-{40,}\n\1(?!-)(.*)\n\1-{40,}\n", re.MULTILINE)
HEAD = ""
"The title of what stands before the first ruler."


def sections(text: str) -> list[tuple[str, str]]:
    """Cut a file at its titles: (title, text) in order."""
    _, *cut = _TITLE.split(text)
    before = text[: text.index(cut[0] + "-" * 40)] if cut else text
    return [(HEAD, before), *zip(cut[1::3], cut[2::3], strict=True)]


def tunnel_sections(text: str) -> list[str]:
    """The sections of tunnel 1 and of tunnel 2."""
    found = dict(sections(text))
    return [found["IPSec Tunnel #1"], found["IPSec Tunnel #2"]]
