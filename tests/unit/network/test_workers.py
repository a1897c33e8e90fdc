"""Each key is worked on by one thread at a time; none waits for another's trouble."""

import random
import threading
from collections import Counter
from contextlib import contextmanager

import pytest

from landbridge.network import workers as under_test
from landbridge.network.workers import Workers

PATIENCE = 10.0
"Seconds after which what ought to have happened has not."
LATER = 0.05


class Deeds:
    """What is done for keys: each may be held, raise, or ask to be done again."""

    def __init__(self):
        self.change = threading.Condition()
        self.begun, self.ended = [], []
        self.held = set()
        self.raising = set()
        self.again = {}
        self.side_by_side = Counter()
        self.shared = False
        "Two threads worked on a key at once."

    def __call__(self, key):
        with self.change:
            self.begun.append(key)
            self.side_by_side[key] += 1
            self.shared |= self.side_by_side[key] > 1
            self.change.notify_all()
            self.change.wait_for(lambda: key not in self.held, PATIENCE)
            self.side_by_side[key] -= 1
            self.ended.append(key)
            self.change.notify_all()
            if key in self.raising:
                raise ValueError(key)
            return self.again.get(key)

    def release(self, key):
        with self.change:
            self.held.discard(key)
            self.change.notify_all()

    def await_begun(self, key, times=1):
        with self.change:
            assert self.change.wait_for(lambda: self.begun.count(key) >= times, PATIENCE), key

    def await_ended(self, key, times=1):
        with self.change:
            assert self.change.wait_for(lambda: self.ended.count(key) >= times, PATIENCE), key


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(under_test, "RETRY_SECONDS", LATER)
    monkeypatch.setattr(under_test, "_STOP_SECONDS", 0.2)


@contextmanager
def working(deeds, threads=2, *first):
    """Workers, with keys that were added before they begin."""
    workers = Workers("test", deeds, threads=threads, later=1)
    for key in first:
        workers.add(key)
    workers.start()
    try:
        yield workers
    finally:
        for key in list(deeds.held):
            deeds.release(key)
        workers.stop()
    assert not deeds.shared


def test_what_was_added_before_the_start_is_done():
    deeds = Deeds()
    with working(deeds, 2, "a", "b") as workers:
        assert workers.idle(PATIENCE)
    assert sorted(deeds.ended) == ["a", "b"]


def test_however_often_a_key_is_added_before_it_begins_it_is_done_once():
    deeds = Deeds()
    with working(deeds, 1, "a", "a", "b", "a") as workers:
        assert workers.idle(PATIENCE)
    assert sorted(deeds.ended) == ["a", "b"]


def test_a_key_that_is_added_while_it_is_worked_on_is_done_again_by_one_thread():
    deeds = Deeds()
    deeds.held.add("a")
    with working(deeds, 3) as workers:
        workers.add("a")
        deeds.await_begun("a")
        for _ in range(5):
            workers.add("a")
        workers.add("b")
        deeds.await_ended("b")
        assert deeds.begun.count("a") == 1, "nobody else begins it"
        deeds.release("a")
        assert workers.idle(PATIENCE)
    assert deeds.ended.count("a") == 2


def test_the_lowest_rank_goes_first_and_then_who_came_first():
    deeds = Deeds()
    deeds.held.add("first")
    with working(deeds, 1) as workers:
        workers.add("first")
        deeds.await_begun("first")
        for key, rank in (("c", 2), ("a", 0), ("d", 2), ("b", 1)):
            workers.add(key, rank=rank)
        deeds.release("first")
        assert workers.idle(PATIENCE)
    assert deeds.ended == ["first", "a", "b", "c", "d"]


def test_a_key_goes_by_the_lowest_rank_that_it_was_added_with_and_is_done_once():
    deeds = Deeds()
    deeds.held.add("first")
    with working(deeds, 1) as workers:
        workers.add("first")
        deeds.await_begun("first")
        for key, rank in (("a", 3), ("b", 1), ("a", 0), ("a", 4)):
            workers.add(key, rank=rank)
        deeds.release("first")
        assert workers.idle(PATIENCE)
    assert deeds.ended == ["first", "a", "b"]


@pytest.mark.parametrize("order", [(LATER, 600), (600, LATER)])
def test_of_several_times_the_earliest_counts(order):
    deeds = Deeds()
    with working(deeds) as workers:
        for after in order:
            workers.add("a", after=after)
        deeds.await_ended("a")
        assert workers.idle(PATIENCE)
    assert deeds.ended == ["a"]


def test_now_is_earlier_than_any_time_and_takes_its_place():
    deeds = Deeds()
    with working(deeds) as workers:
        workers.add("a", after=LATER)
        workers.add("a")
        deeds.await_ended("a")
        workers.add("later", after=2 * LATER)
        deeds.await_ended("later")
    assert deeds.ended == ["a", "later"]


def test_a_time_for_a_key_that_is_ready_changes_nothing():
    deeds = Deeds()
    deeds.held.add("first")
    with working(deeds, 1) as workers:
        workers.add("first")
        deeds.await_begun("first")
        workers.add("a")
        workers.add("a", after=600)
        deeds.release("first")
        deeds.await_ended("a")


def test_work_says_when_it_is_to_be_done_again():
    deeds = Deeds()
    deeds.again["a"] = LATER
    with working(deeds) as workers:
        workers.add("a")
        deeds.await_ended("a", times=3)


def test_work_that_is_to_be_done_again_much_later_can_be_asked_for_earlier():
    deeds = Deeds()
    deeds.again["a"] = 600
    with working(deeds) as workers:
        for times in (1, 2):
            workers.add("a")
            deeds.await_ended("a", times)
            assert workers.idle(PATIENCE), "what waits keeps nobody"


def test_keys_that_hang_hold_up_nobody_as_long_as_there_is_another_thread():
    deeds = Deeds()
    deeds.held |= {"hangs", "too"}
    with working(deeds, 3) as workers:
        for key in deeds.held:
            workers.add(key)
            deeds.await_begun(key)
        for key in ("a", "b", "c"):
            workers.add(key)
            workers.add("hangs")
        for key in ("a", "b", "c"):
            deeds.await_ended(key)
        assert not workers.idle(0)
        workers.add("in a moment", after=LATER)
        deeds.await_ended("in a moment")
    assert "hangs" not in deeds.ended[:4]


def test_what_raises_is_logged_and_tried_again_and_others_go_on(caplog):
    deeds = Deeds()
    deeds.raising.add("bad")
    with working(deeds, 1) as workers:
        workers.add("bad")
        workers.add("good")
        deeds.await_ended("good")
        deeds.await_ended("bad", times=2)
        deeds.raising.clear()
        deeds.await_ended("bad", times=3)
    assert "bad failed" in caplog.text


def test_it_is_idle_only_when_nothing_is_ready_or_being_done():
    deeds = Deeds()
    deeds.held.add("a")
    with working(deeds) as workers:
        assert workers.idle(0)
        workers.add("a")
        deeds.await_begun("a")
        assert not workers.idle(0)
        deeds.release("a")
        assert workers.idle(PATIENCE)


def test_who_waits_until_it_is_idle_takes_nobodys_call():
    """A thread that waits for work is called, whoever else waits for the end of all work."""
    deeds = Deeds()
    deeds.held.add("hangs")
    with working(deeds, 3, "hangs") as workers:
        deeds.await_begun("hangs")
        waiting = [threading.Thread(target=workers.idle, args=[6 * PATIENCE]) for _ in range(4)]
        for one in waiting:
            one.start()
        for number in range(10):
            hanging = f"hangs {number}"
            workers.add(number)  # after which all who wait queue up anew
            deeds.await_ended(number)
            deeds.held.add(hanging)
            workers.add(hanging)
            deeds.await_begun(hanging)
            workers.add(-number - 1)
            deeds.await_ended(-number - 1)
            deeds.release(hanging)
            deeds.await_ended(hanging)
        deeds.release("hangs")
        for one in waiting:
            one.join()


def test_nothing_begins_after_the_stop():
    deeds = Deeds()
    deeds.held.add("hangs")
    with working(deeds, 1) as workers:
        workers.add("hangs")
        deeds.await_begun("hangs")
        workers.add("never")
        workers.stop()  # does not wait for ever
        deeds.release("hangs")
        deeds.await_ended("hangs")
        workers.add("too late")
    assert deeds.begun == ["hangs"]


def test_workers_that_never_began_can_be_stopped():
    Workers("test", Deeds(), threads=2, later=1).stop()


@pytest.mark.parametrize("seed", range(5))
def test_whatever_comes_together_each_key_is_done_after_it_was_last_added(seed):
    """After an addition a key begins once more, now or later, whatever else goes on."""
    rng = random.Random(seed)
    deeds = Deeds()
    keys = range(8)
    with working(deeds, 3) as workers:
        for _ in range(300):
            key = rng.choice(keys)
            deeds.raising = set(rng.sample(keys, 2))
            deeds.again[key] = rng.choice([None, None, 0.001])
            with deeds.change:
                before = deeds.begun.count(key)
            workers.add(key, rank=rng.randrange(3), after=rng.choice([0, 0, 0.001]))
            if rng.random() < 0.2:
                deeds.await_begun(key, before + 1)
        deeds.raising = set()
        deeds.again.clear()
        counts = Counter(deeds.begun)
        for key in keys:
            workers.add(key)
        for key in keys:
            deeds.await_ended(key, counts[key] + 1)
        assert workers.idle(PATIENCE)


def test_what_is_done_again_lets_what_is_new_go_first():
    order, begun, gate = [], threading.Event(), threading.Event()

    def work(key):
        order.append(key)
        if key == "gate":
            begun.set()
            assert gate.wait(10)
        return 0.001 if order.count("again") == 1 and key == "again" else None

    workers = Workers("test", work, threads=1, later=5)
    workers.add("again")
    workers.add("gate", rank=1)
    workers.start()
    assert begun.wait(10)
    workers.add("new", rank=4)
    workers.add("due", rank=6, after=0.002)
    threading.Event().wait(0.05)
    gate.set()
    assert workers.idle(10)
    workers.stop()
    assert order == ["again", "gate", "new", "again", "due"]
