"""Numbered steps for a device's screens: fields as `Name : value`, commands where a screen lacks.

    1. Go to VPN > IPsec Tunnels. Choose Create New and enter:
         Name                     : vpn-1

Fields and commands stand five columns in. Which fields a screen has, each vendor's reader says.
"""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

_STEP = re.compile(r"^(\d+)\. ", re.MULTILINE)
_FIELD = re.compile(r"^ {5}(\S.*?) *: (\S.*)$")


@dataclass
class Step:
    """A step: the screen it is on, what is entered there, the commands entered."""

    screen: str
    title: str
    "The step's first line."
    fields: dict[str, str] = field(default_factory=dict)
    commands: str = ""

    def __getitem__(self, label: str) -> str:
        return self.fields[label]


def steps(text: str, screens: Mapping[str, str]) -> list[Step]:
    """Read the steps of a section; `ValueError` for a screen or a field that is not known.

    `screens` has each screen's fields as text, one a line. A step that goes nowhere is on the
    screen of the step before.
    """
    _, *cut = _STEP.split(text)
    found: list[Step] = []
    for index, (number, body) in enumerate(zip(cut[::2], cut[1::2], strict=True), start=1):
        if int(number) != index:
            raise ValueError(f"step {number} is number {index}")
        found.append(_step(body, screens, found[-1].screen if found else ""))
    return found


def _step(body: str, screens: Mapping[str, str], before: str) -> Step:
    title, *lines = body.splitlines()
    going = re.match(r"Go to ([^.]+)\.", title)
    step = Step(screen=going[1] if going else before, title=title)
    if step.screen not in screens:
        raise ValueError(f"no such screen: {step.screen}")
    known = [line.strip() for line in screens[step.screen].splitlines()]
    commands = []
    for line in lines:
        entered = _FIELD.match(line)
        if entered:
            label, value = entered.groups()
            if label not in known or label in step.fields:
                raise ValueError(f"no such field on {step.screen}: {label}")
            step.fields[label] = value
        elif line.startswith(" " * 5):
            commands.append(line)
    step.commands = textwrap.dedent("\n".join(commands))
    return step


def only(found: list[Step], label: str, *, after: str = "") -> Step:
    """The step with that field, of those whose screen or title has the words of `after`."""
    (step,) = [one for one in found if label in one.fields and after in f"{one.screen} {one.title}"]
    return step
