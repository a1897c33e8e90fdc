"""An nft that hangs is the driver's error."""

import os

import pytest

from landbridge.network.drivers import firewall
from landbridge.network.drivers.firewall import FirewallError
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import Firewall


def test_an_nft_that_does_not_end_is_not_waited_for(tmp_path, monkeypatch):
    nft = tmp_path / "nft"
    nft.write_text("#!/bin/sh\nexec sleep 60\n")
    nft.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(firewall, "_SECONDS", 0.1)
    name = f"lbfw-{os.getpid()}"
    namespaces = Namespaces()
    namespaces.create(name, {})
    try:
        with pytest.raises(FirewallError, match="did not end"):
            firewall.set_firewall(
                namespaces, Firewall(namespace=name, digest="1", ruleset="table inet landbridge {}")
            )
    finally:
        namespaces.remove(name)
        namespaces.close()
