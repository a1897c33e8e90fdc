"""What tests are repeated over."""

import pytest

from datapath.esp import SUITES

GCM = SUITES["aes256gcm16"]
CBC = SUITES["aes128-sha256"]

every_suite = pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
either_kind = pytest.mark.parametrize("suite", [GCM, CBC], ids=["gcm", "cbc"])
both_ways = pytest.mark.parametrize("encapsulated", [False, True], ids=["plain", "udp"])
both_versions = pytest.mark.parametrize("version", [4, 6], ids=["ipv4", "ipv6"])
