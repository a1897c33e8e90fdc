"""What is found wrong in the state directory: by modes and owners, without being root."""

import os
import pwd
import socket

import pytest

from landbridge.cli import owned_files
from landbridge.settings import Settings, StateError

ME = pwd.struct_passwd(("me", "x", os.getuid(), os.getgid(), "", "/", "/bin/sh"))


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "state").mkdir()
    return Settings(state_dir=tmp_path / "state", run_dir=tmp_path / "run")


def test_what_is_not_there_is_not_wrong(tmp_path):
    assert owned_files.faults(Settings(state_dir=tmp_path / "none"), ME) == []


@pytest.mark.parametrize("name", ["sealing.key", "credentials.json", "landbridge.sqlite-wal"])
def test_a_file_that_others_may_read_is_named_with_what_it_ought_to_be(settings, name):
    path = settings.state_dir / name
    path.touch()
    path.chmod(0o644)
    (fault,) = [one for one in owned_files.faults(settings, ME) if name in one]
    assert "0644" in fault
    assert f"0:{ME.pw_gid} 06" in fault


def symlink(path, target):
    path.symlink_to(target)


def hard_link(path, target):
    path.hardlink_to(target)


def directory(path, _):
    path.mkdir()


def fifo(path, _):
    os.mkfifo(path)


def unix_socket(path, _):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize("plant", [symlink, hard_link, directory, fifo, unix_socket])
@pytest.mark.parametrize(
    "name",
    ["landbridge.sqlite", "landbridge.sqlite-shm", "sealing.key", "credentials.json", "agent.lock"],
)
def test_what_is_no_file_of_our_own_is_refused(settings, tmp_path, plant, name):
    target = tmp_path / "of somebody else"
    target.write_text("precious")
    plant(settings.state_dir / name, target)
    with pytest.raises(StateError, match=name):
        owned_files.faults(settings, ME)
    with pytest.raises(StateError, match=name):
        owned_files.mend(settings, ME)


def test_a_link_that_leads_nowhere_is_refused_too(settings):
    settings.sealing_key.symlink_to("nowhere")
    with pytest.raises(StateError, match=r"sealing\.key"):
        owned_files.faults(settings, ME)


def test_a_directory_of_somebody_elses_is_left_alone(settings):
    (settings.state_dir / "thesis.tex").touch()
    with pytest.raises(StateError, match="is not a state directory"):
        owned_files.check_is_ours(settings)


@pytest.mark.parametrize("names", [[], ["landbridge.sqlite", "backup.tar"], ["agent.lock"]])
def test_a_new_one_and_our_own_are_not(settings, names):
    for name in names:
        (settings.state_dir / name).touch()
    owned_files.check_is_ours(settings)


def test_without_a_store_the_api_is_not_to_make_one(settings):
    with pytest.raises(StateError, match="is gone"):
        owned_files.share_store(settings, ME)
    assert list(settings.state_dir.iterdir()) == []
