"""A pair of endpoints: espd against the kernel's ESP where there is one, else against espd."""

import tempfile
from pathlib import Path

import pytest

from interoperation.pair import Pair
from landbridge.network.drivers import xfrm
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.strongswan import Esp
from network.conftest import pytest_collection_modifyitems

__all__ = ["pytest_collection_modifyitems"]


def kernel_has_esp() -> bool:
    """Whether this kernel can be the peer."""
    namespaces = Namespaces()
    try:
        namespaces.create("lbt-probe", {})
        xfrm.try_interface(namespaces, "lbt-probe")
        xfrm.try_state("lbt-probe")
    except Exception:  # noqa: BLE001 - whatever it is, there is none
        return False
    finally:
        namespaces.remove("lbt-probe")
        namespaces.close()
    return True


@pytest.fixture(scope="module")
def pair():
    """Two endpoints without a tunnel."""
    with tempfile.TemporaryDirectory(prefix="landbridge-test-") as directory:
        peer = Esp.KERNEL if kernel_has_esp() else Esp.USERSPACE
        made = Pair(Path(directory), (Esp.USERSPACE, peer))
        try:
            made.build()
            yield made
        finally:
            made.remove()
