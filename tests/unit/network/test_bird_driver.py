"""A BIRD that hangs, goes away or talks nonsense is the driver's error, and soon."""

import pytest

from landbridge.network.drivers import bird
from landbridge.network.drivers.bird import BirdError, Birds, BirdSilentError, Session
from landbridge.network.drivers.netns import Process
from landbridge.network.model import Bird
from unit.network.servers import answering, stopped

NAMESPACE = "lbg-00000000f1"
GREETING = b"0001 BIRD 2.0.12 ready.\n"
WANTED = Bird(namespace=NAMESPACE, digest="0123456789ab", config="router id 1.1.1.1;\n")
RUNNING = [Process(1, bird.PROGRAM)]


def says(*answers):
    """Greet, and give one answer to each question; then nothing more."""

    def answer(connection):
        connection.sendall(GREETING)
        for one in answers:
            connection.recv(65536)
            connection.sendall(one)

    return answer


NO_ANSWERS = {
    "hangs before the greeting": lambda _: None,
    "hangs after the greeting": says(),
    "hangs within the answer": says(b"2002-Name Proto\n1002-kernel4 Kernel"),
    "never ends": says(b"2002-Name\n" * 1000),
    "goes away": lambda connection: connection.close(),
    "greets as another": lambda connection: connection.sendall(b"0000 hello\n"),
    "speaks another protocol": lambda connection: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"),
    "says bytes": says(b"2002-\xff\xfe\n0000 \n"),
    "says something else": says(b"0013 Daemon is up and running\n"),
}


@pytest.fixture
def birds(tmp_path, monkeypatch):
    monkeypatch.setattr(bird, "ANSWER_SECONDS", 0.1)
    (tmp_path / NAMESPACE).mkdir()
    return Birds(tmp_path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / NAMESPACE / "bird.ctl"


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_said_so(birds, path, answer):
    with answering(path, answer), pytest.raises(BirdSilentError, match=r"does not answer: .+"):
        birds.sessions(NAMESPACE)


@pytest.mark.parametrize("hang", [name for name in NO_ANSWERS if name.startswith("hangs")])
def test_a_bird_that_hangs_is_not_waited_for(birds, path, hang):
    with answering(path, NO_ANSWERS[hang]), pytest.raises(BirdSilentError, match="timed out"):
        birds.sessions(NAMESPACE)


def test_a_stopped_bird_is_not_waited_for(birds, path):
    with stopped(path), pytest.raises(BirdSilentError):
        birds.sessions(NAMESPACE)


def test_where_there_is_no_bird_nothing_answers_and_nothing_is_found(birds):
    with pytest.raises(BirdSilentError):
        birds.sessions(NAMESPACE)
    assert birds.found(NAMESPACE, []) is None


def test_an_answer_may_come_in_pieces(birds, path):
    def answer(connection):
        connection.sendall(GREETING)
        connection.recv(65536)
        for piece in (b"2002-Na", b"me\n1002-t_aa_1 BGP --- up 1 Established \n0000", b" \n"):
            connection.sendall(piece)

    with answering(path, answer):
        assert birds.sessions(NAMESPACE) == {"t_aa_1": Session(established=True, imported=0)}


def test_another_agent_knows_which_configuration_is_in_force(birds, path, tmp_path):
    with answering(path, says(b"0003 Reconfigured\n")):
        birds.configure(WANTED)
    assert Birds(tmp_path).found(NAMESPACE, RUNNING) == WANTED


def test_a_configuration_in_the_place_of_another(birds, path, tmp_path):
    second = Bird(namespace=NAMESPACE, digest="ba9876543210", config="router id 2.2.2.2;\n")
    for one in (WANTED, second):
        with answering(path, says(b"0004 Reconfiguration in progress\n")):
            birds.configure(one)
        path.unlink()
    assert Birds(tmp_path).found(NAMESPACE, RUNNING) == second


def test_a_refused_configuration_is_not_in_force(birds, path, tmp_path):
    with answering(path, says(b"0003 Reconfigured\n")):
        birds.configure(WANTED)
    path.unlink()
    wrong = Bird(namespace=NAMESPACE, digest="ba9876543210", config="nonsense\n")
    with (
        answering(path, says(b"8002 bird.conf:2:1 syntax error\n")),
        pytest.raises(BirdError, match="syntax error") as it,
    ):
        birds.configure(wrong)
    assert not isinstance(it.value, BirdSilentError)
    assert Birds(tmp_path).found(NAMESPACE, RUNNING) == WANTED


def test_after_a_configuration_without_an_answer_it_is_unknown_what_is_in_force(
    birds, path, tmp_path
):
    with answering(path, says(b"0003 Reconfigured\n")):
        birds.configure(WANTED)
    path.unlink()
    new = Bird(namespace=NAMESPACE, digest="ba9876543210", config="router id 2.2.2.2;\n")
    with answering(path, says()), pytest.raises(BirdSilentError):
        birds.configure(new)
    assert Birds(tmp_path).found(NAMESPACE, RUNNING) not in (None, WANTED, new)
