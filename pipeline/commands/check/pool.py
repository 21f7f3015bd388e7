"""Calls in processes of their own: one that hangs or ends its process costs one answer and no more."""

import os
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from typing import TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

T = TypeVar("T")
R = TypeVar("R")


class LostError(Exception):
    """A call gave no answer; the message says why."""


def answers(call: Callable[[T], R], tasks: Sequence[tuple[T, float]], *, workers: int) -> Iterator[R | LostError]:
    """Calls a function on every task, ``workers`` at a time.

    Args:
        call: A function of a module, of one argument.
        tasks: Arguments, each with the seconds that its call may take.
        workers: Processes.

    Returns:
        Answers in the order of the tasks; a LostError in place of one that was lost.
    """
    if not tasks:
        return
    # spawned, because a fork of a process with threads may hang; whoever gets ``call`` has imported what it needs
    spawn = get_context("spawn")
    pool = ProcessPool(min(workers, len(tasks)), initializer=_quieten, initargs=(call,), context=spawn)
    try:
        asked = [(pool.schedule(call, args=(task,), timeout=seconds), seconds) for task, seconds in tasks]
        for future, seconds in asked:
            answer = _answer(future, seconds)
            yield answer
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _quieten(_: object) -> None:
    """Decoding libraries write to stderr as they please: not into a progress bar."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _answer(future: "ProcessFuture[R]", seconds: float) -> R | LostError:
    try:
        return future.result()
    except TimeoutError:
        return LostError(f"no answer within {seconds:g} s")
    except ProcessExpired as error:
        return LostError(f"the process that read it ended with exit code {error.exitcode}")
    except Exception as error:
        return LostError(f"{type(error).__name__}: {error}")
