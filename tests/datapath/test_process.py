"""espd as a process: how it begins and ends, and what it may do meanwhile."""

import re
import signal
import socket
import stat
import struct
import subprocess
from pathlib import Path

import pytest

from datapath import ip
from datapath.client import PATIENCE, Xfrm, to_espd
from datapath.espd import PROGRAM, Espd, wait_until
from datapath.ground import ENDPOINT, PEER, TUN
from datapath.suites import CBC, GCM, either_kind
from datapath.wire import Inside, Peer
from datapath.world import policies
from datapath.xfrm import Limits, State, Type
from landbridge.network.drivers.netns import NETNS_DIRECTORY, inside


@pytest.fixture
def bare(ground):
    """An espd that nobody has spoken to."""
    made = Espd(ground.endpoint, ground.inside, tun=TUN)
    try:
        yield made
    finally:
        made.stop()


def arguments(ground, directory, **changes):
    """Its command line, with some options other than they should be; None leaves one out."""
    options = {
        "tun": "lbt-other",
        "tun-netns": NETNS_DIRECTORY / ground.inside,
        "mtu": 1400,
        "listen": directory / "espd.sock",
        "counters": directory / "counters",
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return [
        word
        for name, value in options.items()
        if value is not None
        for word in (f"--{name}", str(value))
    ]


def refuses(ground, words):
    """Whether it ends with status 1 and says in one line why."""
    with inside(ground.endpoint):
        done = subprocess.run(
            [PROGRAM, *words], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    lines = done.stderr.splitlines()
    return (done.returncode, len(lines), done.stdout) == (1, 1, "") and "espd" in lines[0]


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("tun", "tun_netns", "mtu", "listen", "counters")),
        *({"mtu": value} for value in ("0", "-1", "575", "65536", "1400x", "", "1e3", "x")),
        {"tun": "sixteen-letters!"},
        {"tun": "lo"},
        {"tun": "a/b"},
        {"tun_netns": "/nowhere"},
        {"tun_netns": "/etc/passwd"},
        {"listen": "/nowhere/espd.sock"},
        {"listen": "/tmp/" + "x" * 104},
        {"counters": "/nowhere/counters"},
        {"without": "tso,all"},
        {"without": "TSO"},
        {"colour": "blue"},
    ],
    ids=str,
)
def test_a_wrong_command_line_is_refused_in_one_line(ground, tmp_path, changes):
    assert refuses(ground, arguments(ground, tmp_path, **changes))


def test_a_word_too_many_is_refused(ground, tmp_path):
    assert refuses(ground, [*arguments(ground, tmp_path), "word"])


@pytest.mark.usefixtures("bare")
def test_a_tun_that_is_there_already_is_refused(ground, tmp_path):
    assert refuses(ground, arguments(ground, tmp_path, tun=TUN))


def link_flags(ground, name):
    """A link's flags and MTU inside."""
    handle = ground.namespaces.handle(ground.inside)
    (link,) = handle.get_links(ifname=name)
    return link["flags"], link.get("mtu")


@pytest.mark.usefixtures("bare")
def test_the_tun_is_made_inside_down_and_with_its_mtu(ground):
    flags, mtu = link_flags(ground, TUN)
    assert flags & 1 == 0
    assert mtu == 1400


def test_the_tun_goes_with_it(ground, bare):
    bare.process.send_signal(signal.SIGKILL)
    bare.wait()
    assert not ground.namespaces.handle(ground.inside).link_lookup(ifname=TUN)


def test_others_cannot_connect_or_read(bare):
    for path in (bare.socket, bare.directory / "counters"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_the_counters_are_there_at_once(bare):
    data = (bare.directory / "counters").read_bytes()
    assert len(data) <= 4096
    entries = [struct.unpack_from("=32sQ", data, at) for at in range(0, len(data) - 39, 40)]
    names = [name.rstrip(b"\0").decode() for name, _ in entries]
    end = names.index("")
    assert not any(names[end:])
    assert names[:4] == ["in_packets", "in_bytes", "out_packets", "out_bytes"]
    assert all(re.fullmatch("drop_[a-z_]+", name) for name in names[4:end])
    assert all(value == 0 for _, value in entries)


def test_a_socket_left_behind_is_replaced(ground, tmp_path):
    (tmp_path / "espd.sock").touch()
    with inside(ground.endpoint):
        process = subprocess.Popen([PROGRAM, *arguments(ground, tmp_path)])
    try:  # without NOTIFY_SOCKET it tells nobody that it is ready
        wait_until((tmp_path / "espd.sock").is_socket, "it listens")
        wait_until(lambda: can_connect(tmp_path / "espd.sock"), "it listens")
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def can_connect(path):
    """Whether somebody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        return probe.connect_ex(str(path)) == 0


def test_it_ends_when_the_last_connection_closes(bare):
    first, second = Xfrm(to_espd(bare.socket)), Xfrm(to_espd(bare.socket))
    for one in (first, second):
        one.flush()
    first.close()
    for _ in range(3):
        second.flush()
    second.close()
    assert bare.wait() == 0


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(bare, sign):
    client = Xfrm(to_espd(bare.socket))
    client.flush()
    bare.process.send_signal(sign)
    assert bare.wait() == 0
    assert client.socket.recv(1) == b""
    client.close()


@pytest.mark.parametrize("up", [False, True], ids=["down", "up"])
def test_when_the_tun_vanishes_it_says_so_and_ends(ground, bare, up):
    with to_espd(bare.socket):
        ground.set_up(ground.inside, up=up)
        ground.remove_link(ground.inside)
        assert bare.wait() == 1
    assert len(bare.complaints()) == 1


def test_a_tun_set_down_and_up_goes_on(connect, endpoint):
    tunnel = connect(GCM)
    for _ in range(3):
        tunnel.leaves(ip.filled(ip.outwards(), 100))
        tunnel.arrives(ip.filled(ip.inwards(), 100))
        endpoint.ground.set_up(endpoint.ground.inside, up=False)
        before = endpoint.drops()
        tunnel.send(tunnel.seal(ip.filled(ip.inwards(), 100)))
        tunnel.counted("drop_tun", 1, before)
        endpoint.ground.set_up(endpoint.ground.inside)
        drain(endpoint.inside.socket)


def drain(packets):
    """A packet socket is told that its link went down."""
    assert packets.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, 100)


def test_it_gives_up_all_privileges(bare):
    status = bare.status()
    ids = {*status["Uid"].split(), *status["Gid"].split(), *status["Groups"].split()}
    assert len(ids) == 1
    assert ids != {"0"}
    for which in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[which], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_every_thread_gives_up_all_privileges(bare):
    for task in Path(f"/proc/{bare.process.pid}/task").iterdir():
        lines = (task / "status").read_text()
        assert not re.search(r"^[UG]id:.*\t0\b", lines, re.MULTILINE)
        assert re.search(r"^CapEff:\t0+$", lines, re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\t1$", lines, re.MULTILINE)
        assert re.search(r"^Seccomp:\t2$", lines, re.MULTILINE)


def test_its_memory_is_not_swapped_and_not_dumped(bare):
    assert int(bare.status()["VmLck"].split()[0]) > 0
    limits = Path(f"/proc/{bare.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)


def test_it_hands_nothing_down_and_keeps_nothing_open(bare):
    table = Path(f"/proc/{bare.process.pid}/fd")
    targets = [str(entry.readlink()) for entry in table.iterdir() if int(entry.name) > 2]
    assert all(
        target.startswith(("socket:", "anon_inode:", "/dev/net/tun")) for target in targets
    ), targets


def holds(process, secret):
    """Whether a process has some bytes in memory that it may write to."""
    with Path(f"/proc/{process.pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            first, last = (int(word, 16) for word in span.split("-"))
            if "w" not in rights or "[v" in line:
                continue
            memory.seek(first)
            if secret in (memory.read(last - first) or b""):
                return True
    return False


@either_kind
@pytest.mark.parametrize("end", ["delete", "flush", "expire", "update"])
def test_keys_are_forgotten_with_their_state(connect, endpoint, suite, end):
    tunnel = connect(suite, inbound={"limits": Limits(hard_packets=1)} if end == "expire" else {})
    secrets = [
        one for one in (tunnel.inbound.keys.encryption, tunnel.inbound.keys.integrity) if one
    ]
    assert all(holds(endpoint.espd.process, one) for one in secrets)
    tunnel.arrives(ip.filled(ip.inwards(), 100))
    if end == "delete":
        endpoint.xfrm.get(tunnel.inbound)
        endpoint.xfrm.delete(tunnel.inbound)
    elif end == "flush":
        endpoint.xfrm.flush()
    elif end == "expire":
        endpoint.events.next()
        with pytest.raises(ProcessLookupError):
            endpoint.xfrm.get(tunnel.inbound)
    else:
        endpoint.xfrm.delete(tunnel.inbound)
        with pytest.raises(OSError):  # noqa: PT011 - any
            endpoint.xfrm.ask(Type.NEWSA, tunnel.inbound.pack() + b"\xff" * 4)
    for one in secrets:
        assert not holds(endpoint.espd.process, one)
        assert not holds(endpoint.espd.process, one[:16])


def test_without_its_udp_socket_it_does_what_can_be_done(ground, bare):
    """Until charon has handed it over."""
    ground.set_up(ground.inside)
    client = Xfrm(to_espd(bare.socket))
    state = State(
        spi=300, source=ENDPOINT, destination=PEER, keys=CBC.keys("x"), encap=(4500, 4500)
    )
    client.add(state)
    for policy in policies():
        client.add_policy(policy)
    within, peer = Inside(ground.inside, TUN), Peer(ground.peer, PEER, ENDPOINT)
    within.send(ip.filled(ip.outwards(), 100))
    wait_until(lambda: bare.drops() == {"drop_send": 1}, "the packet is dropped")
    for one in (client, within, peer):
        one.close()
    assert bare.wait() == 0
