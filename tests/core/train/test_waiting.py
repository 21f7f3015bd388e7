import time

import pytest
import torch

from pipeline.core.train.waiting import Waiting

CPU = torch.device("cpu")


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(time, "monotonic", made)
    return made


def slow(clock, seconds, count):
    for batch in range(count):
        clock.now += seconds
        yield batch


def test_the_share_is_that_of_the_time_since_it_was_last_asked(clock):
    waiting = Waiting(CPU)
    for _ in waiting.over(slow(clock, 1.0, 4)):
        clock.now += 3.0
    assert waiting.share() == pytest.approx(0.25)
    clock.now += 5.0
    assert waiting.share() == 0


def test_batches_come_as_they_are(clock):
    assert list(Waiting(CPU).over(slow(clock, 1.0, 3))) == [0, 1, 2]


def test_asked_at_once_nothing_was_waited_for(clock):
    assert Waiting(CPU).share() == 0


def test_a_mistake_of_the_reader_comes_through():
    def torn():
        yield 1
        raise KeyError("torn")

    with pytest.raises(KeyError, match="torn"):
        list(Waiting(CPU).over(torn()))
