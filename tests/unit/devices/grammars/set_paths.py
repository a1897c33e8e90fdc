"""Configurations made of `set` commands, each a path into a tree that the device's language knows.

A language is a list of paths. In a path `{int 1-5}`, `{address}`, `{host}` (an address with its
prefix length), `{network}`, `{interface vti}`, `{name}` and `{text}` stand for values, `a|b` for
a choice, and ` *` at the end says that the last word may have several values side by side.
"""

import re
from ipaddress import ip_address, ip_interface, ip_network
from typing import NamedTuple

_TOKEN = re.compile(r"'([^']*)'|(<[A-Z ]+>)|([^\s'<>]+)")
_PART = re.compile(r"\{[^}]+\}|\S+")
_ADDRESSES = {"address": ip_address, "host": ip_interface, "network": ip_network}
_MARKED = {"address", "network", "name", "interface"}
"What an administrator may have to fill in."


class Path(NamedTuple):
    """A path that a language knows."""

    parts: tuple[str, ...]
    several: bool
    "Whether the last word may have several values side by side."

    @property
    def single(self) -> bool:
        """Whether its last word is a value that can only be set once."""
        return not self.several and bool(re.search(r"[{|]", self.parts[-1]))


class Tree:
    """What a configuration sets; `ValueError` for what the language does not know."""

    def __init__(self, language: str) -> None:
        lines = filter(None, map(str.strip, language.splitlines()))
        self._language = [
            Path(tuple(_PART.findall(line.removesuffix(" *"))), line.endswith(" *"))
            for line in lines
        ]
        self._set: dict[tuple[str, ...], Path] = {}

    def set(self, line: str) -> None:
        """Take a command."""
        first, *words = _words(line)
        if first != "set":
            raise ValueError(f"no set command: {line}")
        known = next((path for path in self._language if _fits(path, words)), None)
        if known is None:
            raise ValueError(f"the device does not know: {line}")
        if tuple(words) in self._set:
            raise ValueError(f"twice: {line}")
        if known.single and any(
            path == known and list(one[:-1]) == words[:-1] for one, path in self._set.items()
        ):
            raise ValueError(f"another value than before: {line}")
        self._set[tuple(words)] = known

    def all(self, path: str) -> list[str]:
        """What stands directly below a path, in order, each once."""
        words = tuple(_words(path))
        below = [one[len(words)] for one in self._set if one[: len(words)] == words != one]
        return list(dict.fromkeys(below))

    def one(self, path: str) -> str:
        """The only thing that stands below a path."""
        found = self.all(path)
        if len(found) != 1:
            raise ValueError(f"{path} has {found or 'nothing'}")
        return found[0]

    def has(self, path: str) -> bool:
        """Whether a path is set, or something below it."""
        words = tuple(_words(path))
        return any(one[: len(words)] == words for one in self._set)


def _words(line: str) -> list[str]:
    if _TOKEN.sub("", line).strip():
        raise ValueError(f"what is this: {line}")
    return ["".join(found) for found in _TOKEN.findall(line)]


def _fits(path: Path, words: list[str]) -> bool:
    return len(path.parts) == len(words) and all(map(_is, path.parts, words))


def _is(part: str, word: str) -> bool:
    if not part.startswith("{"):
        return word in part.split("|")
    kind, _, more = part[1:-1].partition(" ")
    if word.startswith("<"):
        return kind in _MARKED
    if kind == "int":
        low, high = map(int, more.split("-"))
        return word.isdecimal() and low <= int(word) <= high
    if kind in _ADDRESSES:
        try:
            _ADDRESSES[kind](word)
        except ValueError:
            return False
        return kind == "address" or "/" in word
    patterns = {"interface": rf"{more}\d+", "name": r"[A-Za-z][\w-]*", "text": r".+"}
    return bool(re.fullmatch(patterns[kind], word))
