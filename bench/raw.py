"""Signed requests whose answers nobody parses, so that what is timed is the service."""

import http.client
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from network.installation import Installation

POLL_SECONDS = 0.01
_SECONDS = 60.0
"For one answer."
_VERSION = "2016-11-15"


class TooSlowError(RuntimeError):
    """What is measured did not happen in the time that it has."""


@dataclass(frozen=True)
class Api:
    """The EC2 API of an installation, without a client library between."""

    url: str
    region: str
    credentials: Credentials

    @classmethod
    def of(cls, installation: Installation) -> "Api":
        """Ask the installation where its API is."""
        known = json.loads(installation.landbridge("env", "--json").stdout)
        return cls(
            known["AWS_ENDPOINT_URL"],
            known["AWS_REGION"],
            Credentials(known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"]),
        )

    def call(self, action: str, **parameters: str) -> str:
        """Ask; `__` in a parameter's name stands for its dots."""
        return self.timed(action, **parameters)[0]

    def timed(self, action: str, **parameters: str) -> tuple[str, float]:
        """Ask; returns the answer and the milliseconds from the request's first byte to its end."""
        named = {name.replace("__", "."): value for name, value in parameters.items()}
        body = urlencode({"Action": action, "Version": _VERSION, **named})
        request = AWSRequest("POST", f"{self.url}/", data=body, headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        })  # fmt: skip
        SigV4Auth(self.credentials, "ec2", self.region).add_auth(request)
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_SECONDS)
        begun = time.perf_counter()
        try:
            connection.request("POST", "/", body, dict(request.headers.items()))
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        took = (time.perf_counter() - begun) * 1000
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{action}: {answer.status} {text}")
        return text, took

    def made(self, action: str, element: str, **parameters: str) -> str:
        """Create something; returns its id, the text of an element."""
        found = re.search(rf"<{element}>([^<]+)<", self.call(action, **parameters))
        assert found is not None
        return found[1]


def until(
    holds: Callable[[], bool], what: str, *, seconds: float, every: float = POLL_SECONDS
) -> None:
    """Wait until something holds; raises `TooSlowError`, with `what`, when it does not in time."""
    limit = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > limit:
            raise TooSlowError(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)  # noqa: TID251 - a customer can only ask again
