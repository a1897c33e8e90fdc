"""Everything has its turn, round and round."""

import pytest

from landbridge.network import turns as under_test
from landbridge.network.turns import Turns


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(under_test, "monotonic", lambda: now[0])
    return now


def taken(turns, clock, seconds, step=1.0):
    """The turns of so many seconds, with the time of each since the beginning."""
    begun, found = clock[0], []
    while clock[0] < begun + seconds:
        if (one := turns.next()) is not None:
            found.append((clock[0] - begun, one))
        clock[0] += step
    return found


def test_one_turn_a_tick_and_the_next_round_not_too_soon(clock):
    turns = Turns(lambda: "ab", tick=2.0, least=9.0)
    assert taken(turns, clock, 14) == [(0, "a"), (2, "b"), (10, "a"), (12, "b")]


def test_a_long_round_is_ended_before_the_next(clock):
    turns = Turns(lambda: "abc", tick=5.0, least=1.0)
    assert taken(turns, clock, 20) == [(0, "a"), (5, "b"), (10, "c"), (15, "a")]


def test_where_there_is_nothing_nobody_has_a_turn(clock):
    there = []
    turns = Turns(lambda: there, tick=1.0, least=3.0)
    assert taken(turns, clock, 5) == []
    there.append("new")
    assert [one for _, one in taken(turns, clock, 4)] == ["new"]
