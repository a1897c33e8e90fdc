"""What the lab refuses before it makes anything."""

import pytest

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.render import render
from landbridge.devices.suite import SampleType
from landbridge.lab import frr
from landbridge.lab.frr import FrrError
from landbridge.lab.site import SWANCTL, Lab
from landbridge.network.names import Names
from unit.devices.facts import DYNAMIC


def test_a_file_for_frr_is_refused_before_anything_is_made_where_frr_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(frr, "_PROGRAMS", tmp_path / "nothing")
    text = render(
        DEVICES[SWANCTL], DYNAMIC, ike_version="ikev2", sample_type=SampleType.COMPATIBILITY
    )
    lab = Lab(Names("lbnone"), tmp_path / "lab")
    with pytest.raises(FrrError, match="apt-get install frr"):
        lab.build("vpn-00000000000000aa1", text)
    assert not (tmp_path / "lab").exists()
    assert not lab.device("vpn-00000000000000aa1").exists
