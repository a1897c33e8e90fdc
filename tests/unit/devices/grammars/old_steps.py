"""Numbered steps on a device's screens: `1. Menu > Page. What to do.` and `   - Name: value`.

A reader gives the screens that the device has, what can be filled in on each, and the choices where
there are few: a step on another screen, a field that its screen lacks, a field that is filled in
twice and a value that is no choice are refused.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

Screens = Mapping[str, Collection[str]]
"What can be filled in on each screen."
Choices = Mapping[str, Collection[str]]
"The values that a field takes, where they are few."
SELECTED = frozenset({"selected"})
"Of a check box."
_HEADINGS = {
    "#1: Internet Key Exchange",
    "#2: IPSec",
    "#3: Tunnel Interface",
    "#4: Border Gateway Protocol (BGP)",
    "#4: Static Routing",
}
_STEP = re.compile(r"(\d+)\. (\S.*)")
_FIELD = re.compile(r"   - ([^:]+): (\S.*)")
_MORE = re.compile(r"   (?! |- )\S.*")
_PROSE = re.compile(r"[A-Z(<]\S* ?.*|[a-z]\S*(?: .*)?|\d\S*[^.\s](?: .*)?")


@dataclass
class Step:
    """A step, and what it fills in."""

    text: str
    fields: dict[str, str] = field(default_factory=dict)

    def screen(self, screens: Screens) -> str:
        """Its screen: how its text begins, up to a full stop."""
        begins = self.text.split(". ")[0].removesuffix(".")
        assert begins in screens, f"there is no screen {begins!r}"
        return begins


@dataclass
class Steps:
    """What a text has its reader do."""

    steps: list[Step]
    screens: Screens

    def value(self, screen: str, name: str) -> str:
        """What is filled in on the screen, which happens once."""
        found = [step.fields[name] for step in self.steps
                 if name in step.fields and step.screen(self.screens) == screen]  # fmt: skip
        assert len(found) == 1, f"{name} is filled in {len(found)} times on {screen}"
        return found[0]

    def has(self, screen: str, name: str) -> bool:
        """Whether something is filled in there."""
        return any(
            name in step.fields and step.screen(self.screens) == screen for step in self.steps
        )

    def number(self, screen: str, name: str, unit: str = "") -> int:
        """A number that is filled in, without its unit."""
        text = self.value(screen, name)
        assert text.endswith(unit)
        return int(text.removesuffix(unit))


def parse(text: str, screens: Screens, choices: Choices | None = None) -> Steps:
    """Read steps, which count from 1 below each heading; anything else is a paragraph."""
    steps: list[Step] = []
    count = 0
    for line in filter(None, text.splitlines()):
        if found := _STEP.fullmatch(line):
            count += 1
            assert int(found[1]) == count, f"not step {count}: {line}"
            steps.append(Step(text=found[2]))
        elif found := _FIELD.fullmatch(line):
            assert count, f"a field before the first step: {line}"
            name, value = found.groups()
            step = steps[-1]
            assert name in screens[step.screen(screens)], f"{step.text} has no {name}"
            assert name not in step.fields, f"{name} is filled in twice"
            assert value in (choices or {}).get(name, (value,)), f"{value} is no choice of {name}"
            step.fields[name] = value
        elif count and _MORE.fullmatch(line):
            assert not steps[-1].fields, f"text after the fields: {line}"
            steps[-1].text += " " + line.strip()
        elif line.startswith("#"):
            assert line in _HEADINGS, line
            count = 0
        else:
            assert _PROSE.fullmatch(line), f"neither step nor field nor text: {line}"
            count = 0
    assert all(step.screen(screens) for step in steps)
    return Steps(steps=steps, screens=screens)
