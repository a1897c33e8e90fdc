"""BIRD's configuration, as far as the files need it; `bird -p` parses all of it."""

import re
from typing import NamedTuple

_BGP = re.compile(
    r"protocol bgp (?P<name>\w+) \{\n"
    r"  local (?P<local>\S+) as (?P<our_asn>\d+);\n"
    r"  neighbor (?P<neighbour>\S+) as (?P<their_asn>\d+);\n"
    r"  hold time (?P<hold>\d+);\n"
    r"  keepalive time (?P<keepalive>\d+);\n"
    r"  connect delay time 1;\n  connect retry time 3;\n  error wait time 1, 15;\n"
    r"  ipv[46] \{\n    import all;\n"
    r'    export where proto = "(?P<exported>\w+)";\n'
    r"    next hop self;\n  \};\n\}\n"
)


class Session(NamedTuple):
    """A BGP session."""

    name: str
    local: str
    neighbour: str
    asns: tuple[int, int]
    "Ours and theirs."
    hold: int
    exported: str
    "The protocol whose routes are announced."


def session(text: str) -> Session:
    """Read a file that has one BGP session and nothing else."""
    found = _BGP.fullmatch(text)
    assert found, text
    hold = int(found["hold"])
    assert int(found["keepalive"]) * 3 == hold
    asns = int(found["our_asn"]), int(found["their_asn"])
    return Session(found["name"], found["local"], found["neighbour"], asns, hold, found["exported"])
