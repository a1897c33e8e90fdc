"""AWS Signature Version 4, the verifying side; pure, the time and the secrets are arguments.

    canonical request -> string to sign -> HMAC under a key derived from the secret and the scope

A signature comes in the Authorization header, or in the query of a presigned URL. Source: AWS
IAM user guide, "AWS Signature Version 4 for API requests" and "Troubleshoot Signature Version 4".
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from landbridge.auth.canonical import RequestParts, canonical_request
from landbridge.auth.claim import ALGORITHM, Claim, Refused, mismatch, read_claim

__all__ = ["Caller", "Refused", "RequestParts", "verify"]

MAX_SKEW = timedelta(minutes=5)
"How far the customer's clock may be from ours, either way."

_UNSIGNED = "UNSIGNED-PAYLOAD"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who signed a request, and for what."""

    access_key: str
    region: str
    service: str
    "As in the credential scope, for example `ec2`."


def verify(
    request: RequestParts,
    *,
    secret_of: Callable[[str], str | None],
    now: datetime,
    region: str,
    services: Sequence[str],
) -> Caller:
    """Check the signature of a request, or raise `Refused`.

    `secret_of` gives the secret of an access key, or None; `region` and `services` are what
    the credential may be scoped to.
    """
    claim = read_claim(request)
    _check_time(claim, now)
    _check_scope(claim, region, services)
    _check_signed_headers(request, claim)
    secret = secret_of(claim.access_key)
    if secret is None or claim.token:
        raise Refused(
            "AuthFailure", "AWS was not able to validate the provided access credentials", 401
        )
    payload = _payload_hash(request)
    expected = _signature(secret, claim, canonical_request(request, claim.signed_headers, payload))
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise mismatch(_MISMATCH)
    return Caller(access_key=claim.access_key, region=claim.region, service=claim.service)


def _check_time(claim: Claim, now: datetime) -> None:
    if -MAX_SKEW <= now - claim.signed_at <= (claim.valid_for or MAX_SKEW):
        return
    raise Refused(
        "RequestExpired",
        f"Request has expired. Timestamp date is {claim.signed_at:%Y-%m-%dT%H:%M:%SZ}. "
        f"Current date is {now:%Y-%m-%dT%H:%M:%SZ}.",
        400,
    )


def _check_scope(claim: Claim, region: str, services: Sequence[str]) -> None:
    if claim.date != claim.timestamp[:8]:
        raise mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            f"from HTTP: '{claim.date}' != '{claim.timestamp[:8]}', from '{claim.timestamp}'."
        )
    if claim.region != region:
        raise mismatch(
            f"Credential should be scoped to a valid Region, not '{claim.region}'. "
            f"This endpoint serves '{region}'."
        )
    if claim.service not in services:
        names = ", ".join(f"'{one}'" for one in services)
        raise mismatch(f"Credential should be scoped to correct service: {names}.")
    if claim.terminator != "aws4_request":
        raise mismatch(
            "Credential should be scoped with a valid terminator: 'aws4_request', "
            f"not '{claim.terminator}'."
        )


def _check_signed_headers(request: RequestParts, claim: Claim) -> None:
    """Hold the customer to signing what decides: the host and all that says x-amz-."""
    signed = set(claim.signed_headers)
    if "host" not in signed:
        raise mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    for name in request.header_names:
        if name.startswith("x-amz-") and name not in signed:
            raise mismatch(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")


def _payload_hash(request: RequestParts) -> str:
    actual = hashlib.sha256(request.body).hexdigest()
    claimed = request.header("x-amz-content-sha256")
    if claimed == _UNSIGNED and request.secure:
        return _UNSIGNED
    if claimed is not None and not hmac.compare_digest(claimed.encode(), actual.encode()):
        raise mismatch("The provided 'x-amz-content-sha256' header does not match the body.")
    return actual


def _signature(secret: str, claim: Claim, canonical: str) -> str:
    scope = (claim.date, claim.region, claim.service, claim.terminator)
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, claim.timestamp, "/".join(scope), digest))
    return hmac.new(key, text.encode(), "sha256").hexdigest()
