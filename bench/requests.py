"""DescribeVpnConnections, and nothing of the client's but the socket: our api and moto's server.

moto answers the same request from memory, and checks no signature. Requests are signed by botocore
before the clock runs, and bodies are read and thrown away. Both servers run, and are asked in turn.

Goal: at most three quarters of moto's time at 100 connections and more. A quarter of ours is the
XML document, a third keys and configurations (each connection's own, where moto's are constant),
the rest the store: eight statements, whose rows become Python objects. With one connection the
signature and the statements cost what moto's template does.
"""

import http.client
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROUNDS = 15
_BODY = b"Action=DescribeVpnConnections&Version=2016-11-15"


class Asker:
    """Asks one server for all its VPN connections."""

    def __init__(self, port: int, access_key: str, secret_key: str) -> None:
        self._credentials = Credentials(access_key, secret_key)
        self._url = f"http://127.0.0.1:{port}/"
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(self) -> tuple[float, int]:
        """Ask once: milliseconds until the answer has been read, and its bytes."""
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest(method="POST", url=self._url, data=_BODY, headers=headers)
        SigV4Auth(self._credentials, "ec2", "us-east-1").add_auth(request)
        signed = {name: str(value) for name, value in request.headers.items()}
        begun = time.perf_counter()
        self._connection.request("POST", "/", _BODY, signed)
        response = self._connection.getresponse()
        size = len(response.read())
        took = (time.perf_counter() - begun) * 1000
        if response.status != 200:
            raise RuntimeError(f"{self._url} answers {response.status}")
        return took, size


def compare(servers: Mapping[str, Asker]) -> dict[str, Any]:
    """Ask servers in turn, after a round that warms them up."""
    rounds = [{name: one.ask() for name, one in servers.items()} for _ in range(ROUNDS + 1)][1:]
    return {
        name: {
            "median_ms": round(median(answers[name][0] for answers in rounds), 1),
            "kilobytes": round(rounds[0][name][1] / 1000),
        }
        for name in servers
    }
