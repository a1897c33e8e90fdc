"""Telling that one is ready."""

import socket

import pytest

from landbridge import sd_notify


def test_who_listens_hears_it_once(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        sd_notify.ready()
        sd_notify.ready()
        listening.setblocking(False)
        assert listening.recv(100) == b"READY=1"
        with pytest.raises(BlockingIOError):
            listening.recv(100)


def test_whose_starter_is_gone_goes_on(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
    for path in (tmp_path / "notify", tmp_path / "none"):
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        sd_notify.ready()
