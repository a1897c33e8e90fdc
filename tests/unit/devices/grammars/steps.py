"""Numbered steps on a device's screens: the one form that all files with steps have.

    #1: Internet Key Exchange

    1. VPN > Tunnels > Add. Choose OK at the end
       of the form.
       - Name: vpn-1

    2. Command line. What has no screen.

         set mtu 1400

Paragraphs stand between empty lines: headings, steps, commands of the step before, and prose, which
begins at the margin with a letter and may have fields of its own. Steps count through a section.
Which pages there are, which fields a page has and what a field takes, says the device's `Screens`.
"""

import re
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import dropwhile, takewhile

from unit.devices.sections import HEAD, sections

IPV4 = r"\d+\.\d+\.\d+\.\d+"
ADDRESS = re.compile(rf"{IPV4}|[0-9a-f:]*:[0-9a-f:]*")
NETWORK = re.compile(rf"{IPV4}/\d+|[0-9a-f:]+/\d+|<(LOCAL|VPC) NETWORK>")
NUMBER = re.compile(r"\d+")
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
KEY = re.compile(r"[A-Za-z1-9._][A-Za-z0-9._]{7,63}")
ANY = re.compile(r".+", re.DOTALL)
SELECTED = ("selected",)
"Of a check box."
COMMANDS = ""
"The field of a page on which commands are entered."
PROSE = ""
"The page of fields that are under prose."
_HEADINGS = (
    "#1: Internet Key Exchange",
    "#2: IPSec",
    "#3: Tunnel Interface",
    "#4: Border Gateway Protocol (BGP)",
    "#4: Static Routing",
    "#5: Firewall Policy",
)
_STEP = re.compile(r"(\d+)\. \S.*")
_MORE = re.compile(r"   (?!- )\S.*")
_FIELD = re.compile(r"   - ([^:]+): (\S.*)")
_COMMAND = re.compile(r" {5}.*\S")
_PROSE = re.compile(r"(?!\d+\. )[A-Za-z0-9<(].*")

Values = re.Pattern[str] | Collection[str]
"What a field takes: a pattern, or the items of its list."
Fields = Collection[str] | Mapping[str, Values]
"What a page has: fields with what they take, or their names only."


@dataclass
class Step:
    """A step, read."""

    page: str
    about: str
    "What stands for the star in the page's name."
    text: str
    "What it says besides."
    fields: dict[str, list[str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        (value,) = self.fields[name]
        return value

    def get(self, name: str) -> str | None:
        """The field's value, if the step sets it."""
        return self[name] if name in self.fields else None


@dataclass
class Steps:
    """The steps of a section."""

    steps: list[Step] = field(default_factory=list)

    def every(self, page: str) -> list[Step]:
        """All steps on a page."""
        return [one for one in self.steps if one.page == page]

    def only(self, page: str) -> Step:
        """The one step on a page."""
        found = self.every(page)
        assert len(found) == 1, f"{len(found)} steps are on {page}"
        return found[0]

    def has(self, page: str, name: str) -> bool:
        """Whether something is filled in there."""
        return any(name in one.fields for one in self.every(page))

    def value(self, page: str, name: str) -> str:
        """What is filled in on the page, which happens once."""
        found = [value for one in self.every(page) for value in one.fields.get(name, [])]
        assert len(found) == 1, f"{name} is filled in {len(found)} times on {page}"
        return found[0]

    def number(self, page: str, name: str, unit: str = "") -> int:
        """A number that is filled in, without its unit."""
        text = self.value(page, name)
        assert text.endswith(unit)
        return int(text.removesuffix(unit))


@dataclass(frozen=True, kw_only=True)
class Screens:
    """A device's pages, as far as its files use them."""

    pages: Mapping[str, Fields]
    "By name; a star in it stands for a name that the administrator gave."
    values: Mapping[str, Values] = field(default_factory=dict)
    "What fields take wherever they are."
    several: Collection[str] = ()
    "Fields that a step may set more than once."

    def read(self, text: str) -> dict[str, Steps]:
        """Read all sections of a file, by their titles."""
        return {title: self.parse(part) for title, part in sections(text) if title != HEAD}

    def parse(self, text: str) -> Steps:
        """Read a section; `AssertionError` for what does not have the form, or is unknown."""
        found = Steps()
        number, heading, doing = 0, "", False
        for block in filter(None, re.split(r"\n{2,}", text.strip("\n"))):
            lines = block.split("\n")
            if step := _STEP.fullmatch(lines[0]):
                number += 1
                assert int(step[1]) == number, f"not step {number}: {lines[0]}"
                found.steps.append(self._step(lines))
            elif all(map(_COMMAND.fullmatch, lines)):
                assert doing, f"commands of no step: {block}"
                self._set(found.steps[-1], COMMANDS, textwrap.dedent(block))
            elif block.startswith("#"):
                assert block in _HEADINGS, f"no such heading: {block}"
                assert block > heading, f"{block} is after {heading}"
                heading = block
            else:
                found.steps += self._prose(lines)
            doing = bool(step) or (doing and block.startswith(" " * 5))
        for one in found.steps:
            assert bool(one.fields) == bool(self.pages[one.page]), f"nothing is set: {one}"
        return found

    def _step(self, lines: list[str]) -> Step:
        more = list(takewhile(_MORE.fullmatch, lines[1:]))
        text = " ".join(line.strip() for line in [lines[0].partition(" ")[2], *more])
        assert text.endswith((".", ":")), f"it does not end: {text}"
        title, _, rest = text.partition(". ")
        step = Step(*self._page(title.removesuffix(".")), text=rest)
        assert rest or self.pages[step.page], f"what to do there? {text}"
        self._fields(step, lines[1 + len(more) :])
        return step

    def _prose(self, lines: list[str]) -> list[Step]:
        fields = list(dropwhile(_PROSE.fullmatch, lines))
        assert len(fields) < len(lines) or PROSE in self.pages, f"fields of no step: {lines}"
        assert not lines[0][0].isdigit(), f"neither step nor text: {lines[0]}"
        step = Step(PROSE, "", " ".join(lines[: len(lines) - len(fields)]))
        self._fields(step, fields)
        return [step] if fields else []

    def _fields(self, step: Step, lines: list[str]) -> None:
        for line in lines:
            found = _FIELD.fullmatch(line)
            assert found, f"neither step nor field nor text: {line}"
            self._set(step, *found.groups())

    def _page(self, title: str) -> tuple[str, str]:
        if title in self.pages and title != PROSE:
            return title, ""
        for page in self.pages:
            before, star, after = map(re.escape, page.partition("*"))
            if star and (found := re.fullmatch(rf"{before}([\w.-]+){after}", title)):
                return page, found[1]
        raise AssertionError(f"no such page: {title}")

    def _set(self, step: Step, name: str, value: str) -> None:
        fields = self.pages.get(step.page, ())
        assert name in fields, f"{step.page} has no field {name!r}"
        takes = fields[name] if isinstance(fields, Mapping) else self.values.get(name, ANY)
        if isinstance(takes, re.Pattern):
            assert takes.fullmatch(value), f"{name} does not take {value}"
        else:
            assert value in takes, f"{name} has no item {value}"
        assert name not in step.fields or name in self.several, f"{name} is set twice"
        step.fields.setdefault(name, []).append(value)


def in_comments(text: str, prefix: str) -> str:
    """The comments of a text, without what makes them comments."""
    return "".join(
        line[len(prefix) :] + "\n" if line.startswith(prefix) else "\n"
        for line in text.splitlines()
    )
