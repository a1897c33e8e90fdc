"""The API alone: requests per second and latency, without an agent.

moto answers the same request from memory and is the peer in the same run where it is installed;
here the peer is the same api with one connection.
"""

import time
from statistics import quantiles
from typing import Any

MOST_REQUESTS = 40
SECONDS = 10
"After which a slow measurement ends."


def describe(ec2: Any) -> dict[str, float]:
    """Ask for all VPN connections, one request after another; parsing by boto3 included."""
    ec2.describe_vpn_connections()
    times = []
    begun = time.perf_counter()
    while len(times) < MOST_REQUESTS and time.perf_counter() - begun < SECONDS:
        at = time.perf_counter()
        ec2.describe_vpn_connections()
        times.append((time.perf_counter() - at) * 1000)
    cuts = quantiles(times, n=20)
    return {
        "requests_per_s": round(len(times) / (time.perf_counter() - begun), 1),
        "median_ms": round(cuts[9], 1),
        "p95_ms": round(cuts[18], 1),
    }
