"""The canonical request of Signature Version 4: what two ends must agree on to the byte.

method, path, query sorted and encoded anew, signed headers, their names, hash of the body
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestParts:
    """A request as it came over the wire."""

    method: str
    path: str
    "Still percent-encoded."
    query: str
    "Still percent-encoded, without the question mark."
    headers: Sequence[tuple[str, str]]
    "Names in lower case; a name may come several times."
    body: bytes
    secure: bool
    "Whether it came over TLS."

    @property
    def header_names(self) -> frozenset[str]:
        """All names, each once."""
        return frozenset(name for name, _ in self.headers)

    def header(self, name: str) -> str | None:
        """Give a header's value, those of the same name joined; None if it is absent."""
        values = [_SPACES.sub(" ", value.strip()) for one, value in self.headers if one == name]
        return ",".join(values) if values else None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query's names and values, decoded byte by byte (Latin-1), in order."""
        pairs = (piece.partition("=") for piece in self.query.split("&") if piece)
        return [(_decode(name), _decode(value)) for name, _, value in pairs]


def canonical_request(request: RequestParts, signed_headers: Sequence[str], payload: str) -> str:
    """Write the canonical request; `payload` is the hash of the body, or what stands for it."""
    headers = "".join(f"{name}:{request.header(name) or ''}\n" for name in signed_headers)
    return "\n".join(
        (
            request.method.upper(),
            _canonical_path(request.path),
            _canonical_query(request),
            headers,
            ";".join(signed_headers),
            payload,
        )
    )


def _canonical_path(path: str) -> str:
    """Resolve `.` and `..`, drop double slashes, encode once more what is encoded already."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in {"", "."}:
            kept.append(part)
    slash = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + slash, safe="/-_.~")


def _canonical_query(request: RequestParts) -> str:
    encoded = sorted(
        (_encode(name), _encode(value))
        for name, value in request.parameters
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in encoded)


def _decode(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("latin-1")


def _encode(text: str) -> str:
    return quote(text.encode("latin-1"), safe="-_.~")
