"""Calls in processes of their own: one that hangs or brings its process down costs one answer and no more."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
START = 120.0  # seconds a process may take to import what it needs


class LostError(Exception):
    """A call gave no answer; the message says why."""


class Worker(Generic[T, R]):
    """A process that makes one call after another; started on the first and again after a loss.

    Args:
        call: A function of a module, of one argument.
    """

    def __init__(self, call: Callable[[T], R]) -> None:
        self._call = call
        self._pipe: Connection | None = None

    def ask(self, task: T, seconds: float) -> R:
        """The call's answer; raises LostError where it raises, takes longer, or ends the process."""
        pipe = self._pipe or self._start()
        pipe.send(task)
        answer: R = self._receive(pipe, seconds)
        return answer

    def stop(self) -> int | None:
        """Ends the process; returns its exit code."""
        if self._pipe is None:
            return None
        self._process.kill()
        self._process.join()
        self._pipe.close()
        self._pipe = None
        return self._process.exitcode

    def _start(self) -> Connection:
        context = get_context("spawn")  # a fork of a process with threads may hang
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._call), daemon=True)
        self._process.start()
        theirs.close()
        self._receive(self._pipe, START)
        return self._pipe

    def _receive(self, pipe: Connection, seconds: float) -> Any:
        try:
            if not pipe.poll(seconds):
                self.stop()
                raise LostError(f"no answer within {seconds:g} s")
            good, answer = pipe.recv()
        except (EOFError, ConnectionError):
            self._process.join(1)  # it has gone: its own exit code says more than that of a kill
            raise LostError(f"the process that read it ended with exit code {self.stop()}") from None
        if not good:
            raise LostError(answer)
        return answer


def _serve(pipe: Connection, call: Callable[[Any], Any]) -> None:
    """What the process does. Decoding libraries write to stderr as they please: not into a progress bar."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks is told, and ends this process
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    pipe.send((True, None))
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            answer = (True, call(task))
        except Exception as error:
            answer = (False, f"{type(error).__name__}: {error}")
        pipe.send(answer)


def answers(call: Callable[[T], R], tasks: Sequence[tuple[T, float]], *, workers: int) -> Iterator[R | LostError]:
    """Calls a function on every task, ``workers`` at a time.

    Args:
        call: A function of a module, of one argument.
        tasks: Arguments, each with the seconds that its call may take.
        workers: Processes.

    Returns:
        Answers in the order of the tasks; a LostError in place of one that was lost.
    """
    crew = [Worker(call) for _ in range(max(1, min(workers, len(tasks))))]
    idle: SimpleQueue[Worker[T, R]] = SimpleQueue()
    for worker in crew:
        idle.put(worker)

    def ask(task: tuple[T, float]) -> R | LostError:
        worker = idle.get()
        try:
            return worker.ask(*task)
        except LostError as lost:
            return lost
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(len(crew))
    try:
        yield from threads.map(ask, tasks)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for worker in crew:
            worker.stop()
        threads.shutdown()
