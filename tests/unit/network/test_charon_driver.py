"""A charon that hangs, goes away or talks nonsense is the driver's error, and soon."""

import socket
import struct
import subprocess
from pathlib import Path

import pytest
from vici.protocol import Message, Packet

from landbridge.network.drivers import charon, vici_session
from landbridge.network.drivers.charon import CharonError, Charons, CharonSilentError
from landbridge.network.drivers.netns import Process
from landbridge.network.model import Charon, Connection, Secret
from unit.network.servers import answering, stopped

NAMESPACE = "lbe-0000000aa1-1"


def message(payload):
    return struct.pack("!I", len(payload)) + payload


CONFIRMED = message(bytes([Packet.EVENT_CONFIRM]))
NOTHING = message(bytes([Packet.CMD_RESPONSE]))


def says(*answers):
    """Give one answer to each message; then nothing more."""

    def answer(connection):
        for one in answers:
            connection.recv(65536)
            connection.sendall(one)

    return answer


def says_for_ever(answer):
    def speak(connection):
        while connection.recv(65536):
            connection.sendall(answer)

    return speak


NO_ANSWERS = {
    "hangs": says(),
    "hangs within a length": says(b"\0\0"),
    "hangs within a message": says(message(b"\1" * 9)[:8]),
    "hangs within a list": says(CONFIRMED),
    "goes away": lambda connection: connection.close(),
    "goes away within a message": lambda connection: (
        connection.sendall(message(b"\1" * 9)[:8]),
        connection.close(),
    ),
    "says nothing": says_for_ever(message(b"")),
    "says text": says_for_ever(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "says a type that there is not": says_for_ever(message(b"\xff")),
    "says something cut off": says_for_ever(message(bytes([Packet.CMD_RESPONSE, 3, 200]))),
    "knows no command": says_for_ever(message(bytes([Packet.CMD_UNKNOWN]))),
    "knows no event": says_for_ever(message(bytes([Packet.EVENT_UNKNOWN]))),
    "fails without a reason": says_for_ever(
        message(bytes([Packet.CMD_RESPONSE]) + Message.serialize({"success": "no"}))
    ),
}
QUESTIONS = {
    "established": lambda charons: charons.established(NAMESPACE),
    "loaded": lambda charons: list(charons.loaded(NAMESPACE)),
    "ike_spis": lambda charons: charons.ike_spis(NAMESPACE),
    "initiate": lambda charons: charons.initiate(NAMESPACE),
    "terminate": lambda charons: charons.terminate(NAMESPACE),
    "load_secret": lambda charons: charons.load_secret(
        Secret(namespace=NAMESPACE, id="psk-1", data="secret")
    ),
    "load_connection": lambda charons: charons.load_connection(
        Connection(namespace=NAMESPACE, name="ikev2-1", definition={})
    ),
    "unload_connection": lambda charons: charons.unload_connection(
        Connection(namespace=NAMESPACE, name="ikev2-1")
    ),
}


@pytest.fixture
def charons(tmp_path, monkeypatch):
    monkeypatch.setattr(vici_session, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(charon, "_TERMINATE_SECONDS", 0.1)
    return Charons(tmp_path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / NAMESPACE / "vici.sock"


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_is_no_answer_is_said_so(charons, path, question, answer):
    with (
        answering(path, answer),
        pytest.raises(CharonSilentError, match=r"does not answer: .+") as it,
    ):
        question(charons)
    assert NAMESPACE in str(it.value)


@pytest.mark.parametrize("hang", [name for name in NO_ANSWERS if name.startswith("hangs")])
def test_a_charon_that_hangs_is_not_waited_for(charons, path, hang):
    with answering(path, NO_ANSWERS[hang]), pytest.raises(CharonSilentError, match="timed out"):
        charons.established(NAMESPACE)


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_no_events_come_from_it_either(charons, path, answer):
    with answering(path, answer), pytest.raises(CharonSilentError):
        charons.events(NAMESPACE)


def test_a_stopped_charon_is_not_waited_for(charons, path):
    with stopped(path), pytest.raises(CharonSilentError):
        charons.established(NAMESPACE)


def test_where_there_is_no_charon_nothing_answers(charons):
    with pytest.raises(CharonSilentError):
        charons.established(NAMESPACE)


def test_a_refused_command_is_an_answer(charons, path):
    refusal = Message.serialize({"success": "no", "errmsg": "not for you"})
    with (
        answering(path, says(message(bytes([Packet.CMD_RESPONSE]) + refusal))),
        pytest.raises(CharonError, match="not for you") as it,
    ):
        charons.load_secret(Secret(namespace=NAMESPACE, id="psk-1", data="secret"))
    assert not isinstance(it.value, CharonSilentError)


def sas(*states):
    children = {f"tunnel-{number}": {"state": state} for number, state in enumerate(states)}
    listed = Message.serialize({"ikev2": {"child-sas": children}})
    event = bytes([Packet.EVENT, 7]) + b"list-sa" + listed
    return says(CONFIRMED, message(event) + NOTHING, CONFIRMED)


@pytest.mark.parametrize("state", ["INSTALLED", "REKEYING", "REKEYED", "UPDATING"])
def test_a_child_sa_that_carries_packets_counts(charons, path, state):
    with answering(path, sas(state, "DELETED")):
        assert charons.established(NAMESPACE).child_sas == 1


def test_one_that_carries_none_does_not(charons, path):
    states = "CREATED", "ROUTED", "INSTALLING", "RETRYING", "DELETING", "DELETED", "DESTROYING"
    with answering(path, sas(*states)):
        assert charons.established(NAMESPACE).child_sas == 0


@pytest.mark.parametrize("end", ["close", "nonsense", "half a message"])
def test_the_events_end_when_charon_does_or_makes_no_sense(charons, path, end):
    connections = []

    def answer(connection):
        says(*[CONFIRMED] * len(vici_session.EVENTS))(connection)
        connections.append(connection)

    with answering(path, answer):
        events = charons.events(NAMESPACE)
        assert events.drain(), "nothing has happened"
        (connection,) = connections
        if end == "close":
            connection.shutdown(socket.SHUT_RDWR)
        elif end == "nonsense":
            connection.sendall(message(bytes([Packet.EVENT, 1]) + b"x\x02"))
        else:
            connection.sendall(message(b"\x07" * 9)[:8])
            connection.shutdown(socket.SHUT_RDWR)
        assert not events.drain()
        events.close()


def test_a_charon_is_found_whether_it_answers_or_not(charons, tmp_path):
    settings = tmp_path / NAMESPACE / "strongswan-0123456789ab.conf"
    with subprocess.Popen(["sleep", "60"], env={"STRONGSWAN_CONF": str(settings)}) as process:
        try:
            while not Path(f"/proc/{process.pid}/environ").read_bytes():
                pass  # the kernel shows it a moment after the program has begun
            listed = [Process(process.pid, charon.PROGRAM)]
            assert charons.found(NAMESPACE, listed) == Charon(
                namespace=NAMESPACE, digest="0123456789ab"
            )
        finally:
            process.kill()
