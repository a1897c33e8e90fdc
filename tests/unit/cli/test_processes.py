"""Who runs is told by locks, which the kernel keeps; where the api listens, by a record."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from landbridge.cli.kept import pause
from landbridge.cli.processes import LOG_BYTES, ProcessError, Service, hold_lock
from landbridge.cli.running import as_running, record
from landbridge.settings import Settings


@pytest.fixture
def service(tmp_path):
    (tmp_path / "run").mkdir()
    return Service("agent", Settings(state_dir=tmp_path, run_dir=tmp_path / "run"))


HOLD = """
import sys
from pathlib import Path
from landbridge.cli.processes import Service, hold_lock
from landbridge.settings import Settings
hold_lock(Service("agent", Settings(state_dir=Path(sys.argv[1]))))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(service):
    """A process that holds the lock."""
    started = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(service.settings.state_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "held\n"
    with started:
        yield started
        started.kill()


def test_nobody_runs_before_the_first_start(service):
    assert service.pid() is None
    service.stop()


def test_the_kernel_says_who_holds_the_lock(service, holder):
    assert service.pid() == holder.pid
    service.lock.write_text("1")
    assert service.pid() == holder.pid, "what is written in the file is nobody's word"
    holder.kill()
    holder.wait()
    assert service.pid() is None


def test_a_lock_is_held_once_and_its_file_is_its_owners(service, holder):
    with pytest.raises(ProcessError, match="another agent"):
        hold_lock(service)
    assert service.lock.stat().st_mode & 0o777 == 0o600
    assert service.pid() == holder.pid


def test_the_lock_outlives_the_run_directory(service, holder):
    service.settings.run_dir.rmdir()
    assert service.pid() == holder.pid


def test_who_holds_the_lock_is_stopped_and_nobody_else(service, holder):
    service.stop()
    assert holder.wait() == -signal.SIGTERM


def test_without_a_state_directory_nothing_starts(tmp_path):
    with pytest.raises(ProcessError, match="landbridge up"):
        hold_lock(Service("agent", Settings(state_dir=tmp_path / "none")))


def test_a_log_that_is_too_large_becomes_the_old_one(service):
    service.log.write_bytes(b"x" * LOG_BYTES)
    service.bound_log()
    assert service.log.stat().st_size == LOG_BYTES
    with service.log.open("ab") as writer:
        writer.write(b"last words\n")
        writer.flush()
        service.bound_log()
        assert service.log.stat().st_size == 0
        assert service.log.with_suffix(".log.old").read_bytes().endswith(b"last words\n")
        writer.write(b"and on\n")
        writer.flush()
    assert service.last_words() == "and on"


def test_what_keeps_ending_is_started_less_and_less_often():
    assert [pause(ends) for ends in range(1, 10)] == [0, 1, 2, 4, 8, 16, 30, 30, 30]
    assert pause(10_000) == 30


def test_the_running_api_is_where_it_listens(service):
    asked = Settings(run_dir=service.settings.run_dir, port=1, region="eu-west-1")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        record(asked, listening.fileno())
        port = listening.getsockname()[1]
        assert os.fstat(listening.fileno()), "it stays open"
    running = as_running(Settings(run_dir=service.settings.run_dir))
    assert running.endpoint_url == f"http://127.0.0.1:{port}"
    assert running.region == "eu-west-1"


@pytest.mark.parametrize("text", [None, "", "[]", '{"colour": "blue"}'])
def test_without_a_record_it_is_where_it_would_listen(service, text):
    if text is not None:
        (service.settings.run_dir / "api.json").write_text(text)
    assert as_running(service.settings) == service.settings
