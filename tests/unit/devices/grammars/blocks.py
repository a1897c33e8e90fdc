"""A text for a Unix administrator: files between `# BEGIN /path` and `# END /path`, and commands.

Whatever stands outside the files is a command, a comment or an empty line.
"""

import re

_EDGE = re.compile(r"# (BEGIN|END) (/\S+)")


def take_apart(text: str) -> tuple[dict[str, str], list[str]]:
    """The files by their paths, and the commands in order."""
    files: dict[str, str] = {}
    commands: list[str] = []
    path, lines = None, []
    for line in text.splitlines():
        if edge := _EDGE.fullmatch(line):
            if edge[1] == "BEGIN":
                assert path is None, f"{edge[2]} begins in {path}"
                assert edge[2] not in files, f"{edge[2]} comes twice"
                path, lines = edge[2], []
            else:
                assert edge[2] == path, f"{edge[2]} ends, not {path}"
                files[path] = "\n".join(lines) + "\n"
                path = None
        elif path is not None:
            lines.append(line)
        elif line and not line.startswith("#"):
            commands.append(line)
    assert path is None, f"{path} does not end"
    return files, commands


def fields(pattern: str, line: str) -> tuple[str, ...]:
    """What the groups of a pattern match in a line that has this form."""
    found = re.fullmatch(pattern, line)
    assert found, f"{line!r} has not the form {pattern}"
    return found.groups()


def one(pattern: str, lines: list[str]) -> tuple[str, ...]:
    """Take the only line of that form out of the lines."""
    (line,) = [line for line in lines if re.fullmatch(pattern, line)]
    lines.remove(line)
    return fields(pattern, line)
