"""Who does ESP, from what was found."""

from pathlib import Path

import pytest

from landbridge.network.probe import EspError, Findings, decide
from landbridge.network.strongswan import Esp
from landbridge.settings import EspChoice

AUTO, KERNEL, USERSPACE = EspChoice
LACKS = "an XFRM interface: Operation not supported"


def findings(**changes):
    whole = {"kernel_lacks": "", "tun": True, "missing": (), "datapath": Path("/x/build"),
             "confined": False}  # fmt: skip
    return Findings(**whole | changes)


@pytest.mark.parametrize(
    ("choice", "kernel_lacks", "esp"),
    [
        (AUTO, "", Esp.KERNEL),
        (AUTO, LACKS, Esp.USERSPACE),
        (KERNEL, "", Esp.KERNEL),
        (USERSPACE, "", Esp.USERSPACE),
        (USERSPACE, LACKS, Esp.USERSPACE),
    ],
)
def test_who_does_esp(choice, kernel_lacks, esp):
    decision = decide(choice, findings(kernel_lacks=kernel_lacks))
    assert decision.settled() is decision.esp is esp
    assert not decision.remedy


def test_the_reason_is_what_was_found():
    assert LACKS in decide(AUTO, findings(kernel_lacks=LACKS)).reason
    assert "LANDBRIDGE_ESP is userspace" in decide(USERSPACE, findings()).reason


def test_what_userspace_lacks_does_not_matter_to_the_kernel():
    bad = findings(tun=False, missing=(Path("/x/build/espd"),), confined=True)
    assert decide(AUTO, bad).esp is Esp.KERNEL


@pytest.mark.parametrize(
    ("choice", "changes", "reason", "remedy"),
    [
        (KERNEL, {}, LACKS, "modprobe"),
        (AUTO, {"tun": False}, "/dev/net/tun", "modprobe tun"),
        (AUTO, {"missing": (Path("/x/build/espd"),)}, "/x/build/espd is missing", "make -C /x"),
        (USERSPACE, {"missing": (Path("/x/build/espd"),)}, "espd", "LANDBRIDGE_DATAPATH_DIR"),
        (USERSPACE, {"confined": True}, "AppArmor", "/x/build/xfrm-shim.so mr,"),
    ],
)
def test_when_nobody_can_the_reason_and_the_remedy_are_told(choice, changes, reason, remedy):
    decision = decide(choice, findings(kernel_lacks=LACKS, **changes))
    assert decision.esp is None
    assert reason in decision.reason
    assert remedy in decision.remedy
    with pytest.raises(EspError, match=r"LANDBRIDGE|kernel"):
        decision.settled()
