import pytest

from pipeline.commands.check.pool import LostError, answers

HANGS, DIES, FAILS = "__import__('time').sleep(60)", "__import__('os')._exit(3)", "1 / 0"


def ask(*expressions, workers=1):
    return list(answers(eval, [(text, 0.3 if text == HANGS else 60.0) for text in expressions], workers=workers))


def test_answers_come_in_the_order_of_the_tasks():
    slow = "__import__('time').sleep(0.2) or 1"
    assert ask(slow, "2", "3", "4", workers=2) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        (HANGS, "no answer within 0.3 s"),
        (DIES, "the process that read it ended with exit code 3"),
        (FAILS, "ZeroDivisionError: division by zero"),
    ],
    ids=["hangs", "dies", "fails"],
)
def test_a_lost_answer_is_alone(lost, why):
    before, error, after = ask("1", lost, "2")
    assert (before, after) == (1, 2)
    assert isinstance(error, LostError)
    assert str(error) == why


def test_nothing_to_do():
    assert ask() == []
