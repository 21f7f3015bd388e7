"""How long the device waited for batches."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import torch

T = TypeVar("T")


class Waiting:
    """Measures the time in which the device had nothing to do because the next batch was not there yet.

    A processor waits as long as the loop does. A GPU works on while the loop waits: there an event is put on either
    side of the wait, and the time between them is that in which it had done all it was given. It is read when it is
    asked for; a step does not wait for the device.

    Args:
        device: Of the training.
    """

    def __init__(self, device: torch.device) -> None:
        self._gpu = device.type == "cuda"
        self._began, self._waited = time.monotonic(), 0.0
        self._events: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []

    def over(self, batches: Iterable[T]) -> Iterator[T]:
        """The same batches, one after the other, with the wait for each measured."""
        left = iter(batches)
        while True:
            began, before = time.monotonic(), self._event()
            try:
                batch = next(left)
            except StopIteration:
                return
            after = self._event()
            if before and after:
                self._events.append((before, after))
            else:
                self._waited += time.monotonic() - began
            yield batch

    def share(self) -> float:
        """Share in [0, 1] of the time since this was last asked, or since it was made."""
        if self._events:
            torch.cuda.synchronize()
            self._waited += sum(before.elapsed_time(after) for before, after in self._events) / 1000
        passed = time.monotonic() - self._began
        share = self._waited / passed if passed else 0.0
        self._began, self._waited, self._events = self._began + passed, 0.0, []
        return min(share, 1.0)

    def _event(self) -> torch.cuda.Event | None:
        if not self._gpu:
            return None
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event
