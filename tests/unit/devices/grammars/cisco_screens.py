"""Lists of numbered steps, each with the fields of a screen under it as `Name: value`."""

import re
from dataclasses import dataclass

_STEP = re.compile(r"(\d+)\. (.+)")
_FIELD = re.compile(r" {5}([A-Z][\w /()-]*): (\S.*)")


@dataclass
class Step:
    """A step: what it says, and the fields it fills in, in order."""

    text: str
    fields: list[tuple[str, str]]

    def get(self, name: str) -> str:
        """The value of a field that occurs once."""
        (value,) = (found for label, found in self.fields if label == name)
        return value

    def all(self, name: str) -> list[str]:
        """The values of a field."""
        return [found for label, found in self.fields if label == name]


def steps(section: str, screens: dict[str, str]) -> list[Step]:
    """Read a section's steps; `ValueError` for a screen or a field that is not known.

    `screens` has the names of the fields, a semicolon between them, for words that are in the step.
    """
    found: list[Step] = []
    for line in section.splitlines():
        if line[:1].isdigit():
            found.append(_step(line, len(found) + 1))
        elif line.startswith("   "):
            if not found:
                raise ValueError(f"{line!r} is under no step")
            _continue(found[-1], line)
    for one in found:
        _check(one, screens)
    return found


def _step(line: str, number: int) -> Step:
    step = _STEP.fullmatch(line)
    if not step or int(step[1]) != number:
        raise ValueError(f"{line!r} is not step {number}")
    return Step(step[2], [])


def _continue(step: Step, line: str) -> None:
    field = _FIELD.fullmatch(line)
    if field:
        step.fields.append((field[1], field[2]))
    elif line.startswith("    ") or step.fields:
        raise ValueError(f"{line!r} is neither the step's text nor a field")
    else:
        step.text += " " + line.strip()


def _check(step: Step, screens: dict[str, str]) -> None:
    if not step.fields:
        return
    if not step.text.endswith(":"):
        raise ValueError(f"{step.text!r} does not lead to its fields")
    known = [fields for words, fields in screens.items() if words in step.text]
    if len(known) != 1:
        raise ValueError(f"{step.text!r} is no screen, or more than one")
    for name, _ in step.fields:
        if name not in known[0].split("; "):
            raise ValueError(f"{name!r} is no field of the screen of {step.text!r}")


def seconds(text: str) -> int:
    """Read `3600 seconds`."""
    number, _, unit = text.partition(" ")
    if unit != "seconds":
        raise ValueError(f"{text!r} is not in seconds")
    return int(number)
