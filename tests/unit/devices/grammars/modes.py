"""Command languages with modes, such as IOS: a grammar that knows each mode's commands.

A grammar is a text. `[mode]` begins the commands of a mode, the first being the global one. In a
command `{name:type}` is a value and `> mode` at the end says which mode it enters. Types: `word`,
`rest` (to the end of the line), `ip` (an address or a mark), `network` (a CIDR block or a mark),
`selector` (`any`, or an address and its wildcard),
`1-100` (a number within that range) and `a b|c` (one of these). A name that begins with `+` defines
a thing of that kind, one that begins with `@` refers to it: `{+track:1-500}`, `{@track:1-500}`.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from functools import cache

_VALUE = re.compile(r"\{([+@]?)([\w-]+):([^}]+)\}")
_MARK = r"<[A-Z][A-Z ]*>"


@dataclass
class Node:
    """A command, and the commands given in the mode that it entered."""

    rule: str
    "As the grammar has it, up to its first value."
    values: dict[str, str]
    children: list["Node"] = field(default_factory=list)

    def all(self, start: str) -> list["Node"]:
        """The commands that are so up to their first value, in order."""
        return [one for one in self.children if one.rule == start]

    def one(self, start: str) -> "Node":
        """The only such command."""
        found = self.all(start)
        assert len(found) == 1, (start, [one.values for one in found])
        return found[0]

    def named(self, start: str, kind: str, name: str) -> "Node":
        """The only such command that has that value."""
        found = [one for one in self.all(start) if one.values.get(kind) == name]
        assert len(found) == 1, (start, kind, name)
        return found[0]

    def get(self, start: str, value: str) -> str:
        """A value of the only such command."""
        return self.one(start).values[value]


@dataclass
class Script:
    """What a grammar understood of a text."""

    root: Node
    defined: set[tuple[str, str]]
    used: set[tuple[str, str]]


@dataclass(frozen=True)
class _Rule:
    start: str
    pattern: re.Pattern[str]
    names: list[tuple[str, str, str]]
    "For each value: + or @ or nothing, name, type."
    enters: str | None


def parse(grammar: str, text: str) -> Script:
    """Read a text; `ValueError` for a line that its mode does not have."""
    modes = _modes(grammar)
    top = next(iter(modes))
    script = Script(Node("", {}), set(), set())
    stack = [(top, script.root)]
    for line in text.splitlines():
        command = line.strip()
        if not command or command.startswith("!"):
            continue
        if command in ("exit", "exit-address-family"):
            if len(stack) == 1 or (command != "exit" and not stack[-1][0].startswith("address-")):
                raise ValueError(f"{command} in mode {stack[-1][0]}")
            stack.pop()
            continue
        stack = _read(command, modes, stack, script)
    return script


def _read(
    command: str, modes: dict[str, list[_Rule]], stack: list[tuple[str, Node]], script: Script
) -> list[tuple[str, Node]]:
    """Read a command in the mode that the stack ends with, or else in the global one."""
    for kept in (stack, stack[:1]):
        for rule in modes[kept[-1][0]]:
            found = rule.pattern.fullmatch(command)
            if not found:
                continue
            node = Node(rule.start, {})
            for (sign, name, kind), value in zip(rule.names, found.groups(), strict=True):
                _check(kind, value, command)
                node.values[name] = value
                if sign:
                    (script.defined if sign == "+" else script.used).add((name, value))
            kept[-1][1].children.append(node)
            return [*kept, (rule.enters, node)] if rule.enters else kept
    raise ValueError(f"{command!r} is no command of mode {stack[-1][0]}")


@cache
def _modes(grammar: str) -> dict[str, list[_Rule]]:
    modes: dict[str, list[_Rule]] = {}
    for line in filter(None, map(str.strip, grammar.splitlines())):
        if line.startswith("["):
            rules = modes.setdefault(line.strip("[]"), [])
        else:
            rules.append(_rule(line))
    for rules in modes.values():
        for rule in rules:
            assert rule.enters is None or rule.enters in modes, rule.enters
    return modes


def _rule(line: str) -> _Rule:
    command, _, enters = line.partition(" > ")
    pattern, end = "", 0
    for value in _VALUE.finditer(command):
        pattern += re.escape(command[end : value.start()]) + _pattern(value[3])
        end = value.end()
    return _Rule(
        start=command.split("{")[0].strip(),
        pattern=re.compile(pattern + re.escape(command[end:])),
        names=[(found[0], found[1], found[2]) for found in _VALUE.findall(command)],
        enters=enters or None,
    )


def _pattern(kind: str) -> str:
    if "|" in kind:
        return "(" + "|".join(re.escape(one) for one in kind.split("|")) + ")"
    word = rf"(?:{_MARK}|[^\s<>(),]+)"
    return {"rest": "(.+)", "selector": rf"(any|{word} {word})"}.get(kind, f"({word})")


def _check(kind: str, value: str, command: str) -> None:
    limits = re.fullmatch(r"(\d+)-(\d+)", kind)
    if limits:
        if not (value.isdecimal() and int(limits[1]) <= int(value) <= int(limits[2])):
            raise ValueError(f"{value!r} is not within {kind}: {command}")
    elif kind == "selector" and value != "any":
        for address in re.findall(rf"{_MARK}|\S+", value):
            _check("ip", address, command)
    elif kind in ("ip", "network") and not value.startswith("<"):
        if kind == "network" and "/" not in value:
            raise ValueError(f"{value!r} has no prefix length: {command}")
        ipaddress.ip_interface(value)
        if kind == "ip" and "/" in value:
            raise ValueError(f"{value!r} is no address: {command}")
