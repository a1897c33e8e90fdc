"""The processes of an installation come back by themselves, and what is wrong is told.

supervisor, its guard --keep--> agent, api
"""

import http.client
import itertools
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from landbridge.cli.processes import LOG_BYTES, Service
from landbridge.network.drivers import netns
from landbridge.settings import from_environment
from network.conftest import directory_for, installed
from network.installation import wait_until

NAMES = ("supervisor", "agent", "api")


@pytest.fixture(scope="module")
def running():
    """A service without customers."""
    with installed("lbp") as found:
        yield found


@pytest.fixture
def fresh():
    """An installation that has not been started."""
    with directory_for("lbq") as found:
        yield found


def pid(installation, name):
    """The pid of a process, None if it does not run; the guard is a child of the supervisor."""
    if name != "guard":
        return Service(name, from_environment(installation.environment)).pid()
    supervisor = pid(installation, "supervisor")
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[1]) == supervisor and b"--after" in command:
            return int(entry.name)
    return None


def pids(installation):
    """All four; those that do not run have None."""
    return {name: pid(installation, name) for name in (*NAMES, "guard")}


def is_answered(installation):
    """Whether a connection that is made at this moment is answered; it may queue."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    finally:
        connection.close()


def is_whole(installation, but=frozenset()):
    """Whether all four run, and none of them is one of these."""
    found = set(pids(installation).values())
    return None not in found and not found & set(but)


VICTIMS = [
    one
    for count in (1, 2, 3)
    for one in itertools.combinations(("agent", "api", "supervisor", "guard"), count)
    if not {"supervisor", "guard"} <= set(one)
]


@pytest.mark.parametrize("victims", VICTIMS, ids="-".join)
def test_whoever_is_killed_comes_back_and_no_request_is_refused(running, victims):
    wait_until(lambda: is_whole(running), "all four run")
    before = pids(running)
    for name in victims:
        os.kill(before[name], signal.SIGKILL)
    assert is_answered(running)
    killed = {before[name] for name in victims}
    wait_until(lambda: is_whole(running, but=killed), "all four run again")
    left_alone = set(before) - set(victims) - {"supervisor", "guard"}
    after = pids(running)
    assert all(after[name] == before[name] for name in left_alone)


def test_when_both_supervisors_are_killed_up_puts_it_right(running):
    wait_until(lambda: is_whole(running), "all four run")
    before = pids(running)
    for name in ("guard", "supervisor"):
        os.kill(before[name], signal.SIGSTOP)
    for name in ("guard", "supervisor"):
        os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: pid(running, "supervisor") is None, "no supervisor runs")
    assert running.landbridge("status", check=False).returncode == 3
    assert is_answered(running)
    running.landbridge("up")
    wait_until(lambda: is_whole(running), "all four run again")
    assert pid(running, "agent") == before["agent"], "what runs is adopted"
    assert running.landbridge("status").returncode == 0


def test_restart_restarts_them(running):
    wait_until(lambda: is_whole(running), "all four run")
    before = pids(running)
    running.landbridge("up", "--restart")
    assert is_answered(running)
    wait_until(lambda: is_whole(running, but=before.values()), "all four are new")


@pytest.mark.parametrize("name", ["credentials.json", "sealing.key", "landbridge.sqlite"])
def test_a_restart_that_would_be_refused_stops_nothing(running, name):
    before = pids(running)
    path = running.directory / "state" / name
    kept = path.rename(path.with_suffix(".kept"))
    path.write_bytes(b"{broken")
    try:
        refused = running.landbridge("up", "--restart", check=False)
    finally:
        kept.rename(path)
    assert refused.returncode == 1
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr
    assert pids(running) == before


@pytest.mark.parametrize("command", ["up", "down"])
def test_what_runs_with_another_state_directory_is_left_alone(running, command, tmp_path):
    before = pids(running)
    done = subprocess.run(
        [sys.executable, "-m", "landbridge.cli.main", command],
        env=running.environment | {"LANDBRIDGE_STATE_DIR": str(tmp_path / "other")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert str(running.directory / "state") in done.stderr
    assert pids(running) == before
    assert not (tmp_path / "other").exists()


def test_a_store_that_is_gone_is_told_as_trouble(running):
    path = running.directory / "state" / "landbridge.sqlite"
    kept = path.rename(path.with_suffix(".kept"))
    try:
        told = json.loads(running.landbridge("status", "--json").stdout)
    finally:
        kept.rename(path)
    assert told["running"]
    assert [one["resource"] for one in told["troubles"]] == [str(path)]


def test_a_lost_run_directory_is_made_again_and_there_is_one_agent(running):
    wait_until(lambda: is_whole(running), "all four run")
    before = pids(running)
    shutil.rmtree(running.run_dir, ignore_errors=True)
    running.landbridge("up")
    assert is_answered(running)
    after = pids(running)
    assert after["supervisor"] == before["supervisor"]
    assert not Path(f"/proc/{before['agent']}").exists()
    assert (running.run_dir / "agent.sock").is_socket()
    vpc = running.client.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    wait_until(lambda: running.names.vpc(vpc) in netns.listed(), "the new agent hears of it")
    running.client.delete_vpc(VpcId=vpc)


def test_a_log_stays_small(running):
    log = running.run_dir / "api.log"
    with log.open("ab") as end:
        end.write(b"x" * (LOG_BYTES + 1))
    wait_until(lambda: log.stat().st_size < LOG_BYTES, "it begins anew")
    assert log.with_suffix(".log.old").stat().st_size > LOG_BYTES


def test_none_leaves_a_core_dump_and_each_may_open_what_the_machine_allows(running):
    wait_until(lambda: is_whole(running), "all four run")
    for one in pids(running).values():
        limits = Path(f"/proc/{one}/limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
        soft, hard = re.search(r"^Max open files +(\d+) +(\d+) ", limits, re.MULTILINE).groups()
        assert soft == hard
        assert Path(f"/proc/{one}/mem").stat().st_uid == 0, "it is not dumpable"


def test_status_and_env_say_where_the_api_listens_whatever_the_caller_has_set(running):
    endpoint = f"http://127.0.0.1:{running.port}"
    right = running.environment
    running.environment = right | {"LANDBRIDGE_PORT": "1", "LANDBRIDGE_REGION": "eu-west-1"}
    try:
        status = json.loads(running.landbridge("status", "--json").stdout)
        env = json.loads(running.landbridge("env", "--json").stdout)
        up = running.landbridge("up").stdout
    finally:
        running.environment = right
    assert status["endpoint"] == endpoint
    assert (env["AWS_ENDPOINT_URL"], env["AWS_REGION"]) == (endpoint, "us-east-1")
    assert endpoint in up


def as_api_user(code, *arguments):
    """Run Python as the api's user; whether it did not fail."""
    user = pwd.getpwnam(from_environment({}).user)
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, *map(str, arguments)],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_the_apis_user_can_read_what_it_needs_and_put_nothing_in_roots_way(running):
    state = running.directory / "state"
    open_it = "import os, sys; os.open(sys.argv[1], getattr(os, sys.argv[2]))"
    for name in ("sealing.key", "credentials.json"):
        assert as_api_user(open_it, state / name, "O_RDONLY")
        assert not as_api_user(open_it, state / name, "O_WRONLY")
    assert as_api_user(open_it, state / "landbridge.sqlite", "O_RDWR")
    for name in NAMES:
        assert not as_api_user(open_it, state / f"{name}.lock", "O_RDONLY")
    for directory in (state, running.run_dir, running.run_dir / "program"):
        make = "import os, sys; os.symlink('/etc/shadow', sys.argv[1] + '/link')"
        assert not as_api_user(make, directory)
    for path in (*state.iterdir(), *running.run_dir.iterdir()):
        remove = "import os, sys; os.rename(sys.argv[1], sys.argv[1] + '.away')"
        assert not as_api_user(remove, path)


def test_the_api_has_no_descriptor_by_which_it_could_write_what_is_not_its(running):
    wait_until(lambda: is_whole(running), "all four run")
    process = Path(f"/proc/{pid(running, 'api')}")
    flags = re.compile(r"^flags:\s+(\d+)", re.MULTILINE)
    written = {
        str(fd.readlink())
        for fd in (process / "fd").iterdir()
        if int(flags.search((process / "fdinfo" / fd.name).read_text())[1], 8) & os.O_ACCMODE
    }
    files = {one for one in written if one.startswith("/") and not one.startswith("/dev/")}
    store = running.directory / "state" / "landbridge.sqlite"
    own = {f"{store}{end}" for end in ("", "-wal", "-shm")} | {str(running.run_dir / "api.log")}
    assert files <= own


def nothing_runs(installation):
    """Whether neither a process nor a namespace of an installation is there."""
    return set(pids(installation).values()) == {None} and not installation.namespaces()


def test_status_says_that_nothing_runs(fresh):
    status = fresh.landbridge("status", "--json", check=False)
    assert status.returncode == 3
    assert json.loads(status.stdout)["running"] is False


def test_a_busy_port_leaves_nothing_running(fresh):
    with socket.create_server(("127.0.0.1", fresh.port)):
        done = fresh.landbridge("up", check=False)
    assert done.returncode == 1
    assert "Another program has the port" in done.stderr
    assert nothing_runs(fresh)


def test_an_agent_that_cannot_start_leaves_nothing_running(fresh):
    fresh.environment |= {"LANDBRIDGE_ESP": "userspace", "LANDBRIDGE_DATAPATH_DIR": "/nowhere"}
    done = fresh.landbridge("up", check=False)
    assert done.returncode == 1
    assert "the agent did not start: ESP would be done in userspace" in done.stderr.replace(
        "\n", ""
    )
    assert nothing_runs(fresh)


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_the_callers_umask_does_not_matter(fresh, umask):
    before = os.umask(umask)
    try:
        fresh.landbridge("up")
    finally:
        os.umask(before)
    assert is_answered(fresh)
    modes = {one.name: one.lstat().st_mode & 0o777 for one in (fresh.directory / "state").iterdir()}
    assert modes["sealing.key"] == modes["credentials.json"] == 0o640
    assert modes["landbridge.sqlite"] == 0o660
    assert fresh.landbridge("doctor").returncode == 0


def of_the_apis_user(installation):
    """Give all of the state directory to the api's user."""
    user = pwd.getpwnam(from_environment({}).user)
    state = installation.directory / "state"
    for path in (state, *state.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def test_a_state_directory_of_the_apis_user_becomes_roots(fresh):
    fresh.landbridge("up")
    known = fresh.landbridge("env").stdout
    vpc = fresh.client.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    fresh.landbridge("down")
    of_the_apis_user(fresh)
    fresh.landbridge("up")
    assert fresh.landbridge("env").stdout == known
    assert fresh.client.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    fresh.client.delete_vpc(VpcId=vpc)
    state = fresh.directory / "state"
    assert {path.stat().st_uid for path in (state, *state.iterdir())} == {0}


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("name", ["landbridge.sqlite", "landbridge.sqlite-wal", "sealing.key",
                                  "credentials.json", "agent.lock"])  # fmt: skip
def test_root_follows_no_link_of_the_apis_user(fresh, name, link):
    state, precious = fresh.directory / "state", fresh.directory / "precious"
    state.mkdir()
    (state / "credentials.json").touch()
    precious.write_text("precious")
    precious.chmod(0o400)
    (state / name).unlink(missing_ok=True)
    link(precious, state / name)
    if link is os.symlink:
        of_the_apis_user(fresh)
    done = fresh.landbridge("up", check=False)
    assert done.returncode == 1
    assert "not a file of Landbridge's own" in done.stderr.replace("\n", "")
    found = precious.stat()
    assert (found.st_uid, found.st_mode & 0o777) == (0, 0o400)
    assert precious.read_text() == "precious"
    assert nothing_runs(fresh)


def test_a_start_that_would_take_tunnels_down_is_refused_without_consent(fresh):
    namespace = fresh.names.endpoint("vpn-dead00000001", 1)
    namespaces = netns.Namespaces()
    namespaces.create(namespace, {})
    namespaces.close()
    for _ in ("no store", "one without connections"):
        done = fresh.landbridge("up", check=False)
        assert done.returncode == 1
        assert "--take-tunnels-down" in done.stderr
        assert namespace in netns.listed()
        fresh.landbridge("up", "--take-tunnels-down")
        wait_until(lambda: namespace not in netns.listed(), "it is gone")
        fresh.landbridge("down")
        namespaces.create(namespace, {})
    namespaces.remove(namespace)
    namespaces.close()


def test_several_ups_at_once_start_it_once(running):
    running.landbridge("down")
    command = [sys.executable, "-m", "landbridge.cli.main", "up"]
    at_once = [
        subprocess.Popen(command, env=running.environment, stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [one.wait(60) for one in at_once] == [0, 0, 0]
    assert is_whole(running)
