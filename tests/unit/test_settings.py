"""Settings from the environment."""

from pathlib import Path

import pytest

from landbridge.settings import EspChoice, Settings, from_environment


def test_every_setting_has_a_default():
    assert from_environment({}) == Settings()
    assert from_environment({}).esp is EspChoice.AUTO


@pytest.mark.parametrize("choice", EspChoice)
def test_esp_is_chosen(choice):
    assert from_environment({"LANDBRIDGE_ESP": choice.value}).esp is choice


def test_the_data_paths_programs_may_be_elsewhere():
    assert from_environment({"LANDBRIDGE_DATAPATH_DIR": "/opt/x"}).datapath_dir == Path("/opt/x")


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("LANDBRIDGE_ESP", "libipsec", "auto, kernel, userspace"),
        ("LANDBRIDGE_ESP", "", "auto, kernel, userspace"),
        ("LANDBRIDGE_PORT", "http", "int"),
        ("LANDBRIDGE_PORT", "0", "1 to 65535"),
        ("LANDBRIDGE_PORT", "80000", "1 to 65535"),
        ("LANDBRIDGE_PORT", "-1", "1 to 65535"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(variable, value, allowed):
    with pytest.raises(ValueError, match=f"{variable}={value}: .*{allowed}"):
        from_environment({variable: value})
