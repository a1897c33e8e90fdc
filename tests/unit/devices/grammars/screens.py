"""Numbered steps for a device that is configured on screens.

    1. VPN > IPsec > Tunnels, Add P1:
       - Remote Gateway: 203.0.113.2

A step names a page and sets its fields. Which pages there are, which fields a page has and what a
field takes, says the device's table. Other lines are prose, which cannot be mistaken for a step:
it begins at the margin, with a letter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_STEP = re.compile(r"(\d+)\. (\S.*?):(?: (\S.*))?")
_FIELD = re.compile(r"   - ([^:]+): (\S.*)")
_HEADING = re.compile(r"#([1-4]): \S.*")
_PROSE = re.compile(r"[A-Za-z].*")
IPV4 = r"\d+\.\d+\.\d+\.\d+"
ADDRESS = re.compile(rf"{IPV4}|[0-9a-f:]*:[0-9a-f:]*")
NETWORK = re.compile(rf"{IPV4}/\d+|[0-9a-f:]+/\d+|<(LOCAL|VPC) NETWORK>")
NUMBER = re.compile(r"\d+")
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
KEY = re.compile(r"[A-Za-z1-9._][A-Za-z0-9._]{7,63}")
ANY = re.compile(r".+")

Values = re.Pattern[str] | tuple[str, ...]
Fields = Mapping[str, Values]
"What each field of a page takes: a pattern, or the items of its list."


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the screens, as the steps name it."""

    name: str
    "A pattern; its group is what the step is about."
    fields: Fields = field(default_factory=dict)
    "None of them: the step's line says what to do there."
    several: frozenset[str] = frozenset()
    "Fields that may be set more than once."


@dataclass
class Step:
    """A step, read."""

    page: str
    "The page's pattern."
    about: str
    values: dict[str, list[str]]

    def __getitem__(self, label: str) -> str:
        (value,) = self.values[label]
        return value

    def get(self, label: str) -> str | None:
        """The field's value, if the step sets it."""
        return self[label] if label in self.values else None


def read(text: str, pages: tuple[Page, ...], notes: tuple[str, ...] = ()) -> list[Step]:
    """Read a section; `notes` are labels that may stand outside of steps, as statements.

    Notes come as the values of a last step, whose page is empty.
    """
    found: list[Step] = []
    said = Step("", "", {})
    page: Page | None = None
    number = 0
    for line in text.splitlines():
        if step := _STEP.fullmatch(line):
            number += 1
            assert int(step[1]) == number, f"step {step[1]} stands where {number} should: {line}"
            page, about = _page(pages, step[2])
            assert bool(step[3]) == (not page.fields), f"what to do there? {line}"
            found.append(Step(page.name, about, {}))
        elif setting := _FIELD.fullmatch(line):
            label, value = setting.groups()
            if page is None:
                assert label in notes, f"{label} stands on no page"
                said.values.setdefault(label, []).append(value)
                continue
            _check(page, label, value)
            values = found[-1].values.setdefault(label, [])
            assert not values or label in page.several, f"{label} is set twice"
            values.append(value)
        else:
            page = None
            assert not line or _HEADING.fullmatch(line) or _PROSE.fullmatch(line), line
    for step in found:
        wanted = next(one for one in pages if one.name == step.page)
        assert step.values or not wanted.fields, f"{step.page} sets nothing"
    return [*found, said]


def _page(pages: tuple[Page, ...], title: str) -> tuple[Page, str]:
    for page in pages:
        if match := re.fullmatch(page.name, title):
            return page, match[1] if match.re.groups else ""
    raise AssertionError(f"no such page: {title}")


def _check(page: Page, label: str, value: str) -> None:
    assert label in page.fields, f"{page.name} has no field {label}"
    allowed = page.fields[label]
    if isinstance(allowed, tuple):
        assert value in allowed, f"{label} has no item {value}"
    else:
        assert allowed.fullmatch(value), f"{label} does not take {value}"


def only(found: list[Step], page: str) -> Step:
    """The one step on a page."""
    (step,) = (one for one in found if one.page == page)
    return step


def every(found: list[Step], page: str) -> list[Step]:
    """All steps on a page."""
    return [one for one in found if one.page == page]
