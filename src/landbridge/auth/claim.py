"""What a signed request claims: read from the Authorization header or from a presigned query."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from landbridge.auth.canonical import RequestParts

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_EXPIRES = 604_800
"Seconds that a presigned URL may be valid: a week."
QUERY_PARAMETERS = frozenset(
    {
        "X-Amz-Algorithm",
        "X-Amz-Content-Sha256",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
    }
)
"What a presigned query carries besides the request itself."

_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_TIMESTAMP_FORM = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_VERSION_2 = re.compile(rb"(?:^|&)(?:SignatureVersion|AWSAccessKeyId)=")


class Refused(Exception):  # noqa: N818 (what it is called in the answer is its code)
    """A request whose signature is absent, malformed, out of date or wrong."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A signature and what it says about itself; nothing is checked against a secret."""

    access_key: str
    date: str
    region: str
    service: str
    terminator: str
    "These four are the credential's scope."
    signed_headers: tuple[str, ...]
    "Lower case, sorted."
    signature: str
    timestamp: str
    "As in the string to sign, for example 20260131T235959Z."
    signed_at: datetime
    valid_for: timedelta | None
    "Of a presigned URL."
    token: str | None
    "Of temporary credentials."


def mismatch(message: str) -> Refused:
    """Say that a signature is not the one that it ought to be."""
    return Refused("SignatureDoesNotMatch", message, 403)


def read_claim(request: RequestParts) -> Claim:
    """Read the claim of a request, or raise `Refused`."""
    parameters = dict(request.parameters)
    authorization = request.header("authorization")
    if authorization is not None:
        fields = _authorization_fields(authorization)
        timestamp, token = _header_timestamp(request), request.header("x-amz-security-token")
        return _claim(fields, timestamp, valid_for=None, token=token)
    if "X-Amz-Signature" in parameters or "X-Amz-Algorithm" in parameters:
        _check_algorithm(parameters.get("X-Amz-Algorithm", ""))
        fields = {
            name: parameters.get(f"X-Amz-{name}", "")
            for name in ("Credential", "SignedHeaders", "Signature")
        }
        valid_for = _valid_for(parameters.get("X-Amz-Expires", ""))
        token = parameters.get("X-Amz-Security-Token")
        return _claim(fields, parameters.get("X-Amz-Date", ""), valid_for=valid_for, token=token)
    if _VERSION_2.search(request.query.encode()) or _VERSION_2.search(request.body):
        raise _incomplete(f"Signature Version 2 is not supported. Please use {ALGORITHM}.")
    raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def _incomplete(message: str) -> Refused:
    return Refused("IncompleteSignature", message, 400)


def _check_algorithm(name: str) -> None:
    if name != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{name[:40]}'. Please use {ALGORITHM}.")


def _authorization_fields(authorization: str) -> dict[str, str]:
    algorithm, _, rest = authorization.partition(" ")
    _check_algorithm(algorithm)
    pieces = (piece.strip().partition("=") for piece in rest.split(","))
    return {name: value for name, _, value in pieces}


def _header_timestamp(request: RequestParts) -> str:
    """Take x-amz-date, or else Date, in the form in which it is signed."""
    timestamp, date = request.header("x-amz-date"), request.header("date")
    if timestamp is not None:
        return timestamp
    if date is None:
        raise _incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    try:
        return parsedate_to_datetime(date).astimezone(UTC).strftime(_TIMESTAMP)
    except (ValueError, OverflowError):
        return date


def _valid_for(text: str) -> timedelta:
    if re.fullmatch(r"[0-9]{1,6}", text) is None or not 1 <= int(text) <= MAX_EXPIRES:
        raise _incomplete(f"X-Amz-Expires must be a number of seconds from 1 to {MAX_EXPIRES}.")
    return timedelta(seconds=int(text))


def _claim(
    fields: dict[str, str], timestamp: str, *, valid_for: timedelta | None, token: str | None
) -> Claim:
    missing = [n for n in ("Credential", "SignedHeaders", "Signature") if not fields.get(n)]
    if missing:
        raise _incomplete(
            " ".join(f"Authorization requires '{name}' parameter." for name in missing)
        )
    access_key, *scope = fields["Credential"].rsplit("/", 4)
    if len(scope) != 4:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, "
            "e.g. keyid/date/region/service/term."
        )
    names = tuple(fields["SignedHeaders"].lower().split(";"))
    if list(names) != sorted(set(names)):
        raise _incomplete("SignedHeaders must be sorted, each name once.")
    return Claim(
        access_key=access_key,
        date=scope[0],
        region=scope[1],
        service=scope[2],
        terminator=scope[3],
        signed_headers=names,
        signature=fields["Signature"],
        timestamp=timestamp,
        signed_at=_moment(timestamp),
        valid_for=valid_for,
        token=token,
    )


def _moment(timestamp: str) -> datetime:
    try:
        if _TIMESTAMP_FORM.fullmatch(timestamp):
            return datetime.strptime(timestamp, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise _incomplete(f"Date must be in ISO-8601 'basic format'. Got '{timestamp[:40]}'.")
