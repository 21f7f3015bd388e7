"""Which rows of the whole batch a pass sees, and random numbers of the whole batch that do not depend on it.

A batch is shared by ranks, and a rank's share by parts that are gone through one after the other. What is random about
a row, or about the batch as a whole, is drawn for the whole batch by everyone, from one stream; everyone takes the
numbers of the own rows. So a training draws the same numbers however its batches are shared.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Share:
    """The rows ``first::every`` of the whole batch.

    Args:
        first: The first of them.
        every: Distance to the next; as many rows has the whole batch for each of the share.
        generator: Where the whole batch's numbers are drawn; None: the default generator.
    """

    first: int = 0
    every: int = 1
    generator: torch.Generator | None = None

    @contextmanager
    def seen(self) -> Iterator[None]:
        """What is drawn within is drawn for these rows."""
        before = _SHARE.set(self)
        try:
            yield
        finally:
            _SHARE.reset(before)


WHOLE = Share()
_SHARE: ContextVar[Share] = ContextVar("share", default=WHOLE)


def own(whole: torch.Tensor) -> torch.Tensor:
    """Of the whole batch's rows (B, ...), those that this pass sees."""
    here = _SHARE.get()
    return whole[here.first :: here.every]


def whole(rows: int) -> int:
    """Rows of the whole batch, of which this pass sees so many."""
    return rows * _SHARE.get().every


def numbers(*shape: int, device: torch.device) -> torch.Tensor:
    """Uniform in [0, 1), float32 of a ``shape`` that is the whole batch's; the same for all who share it."""
    return torch.rand(shape, device=device, generator=_SHARE.get().generator)


def normals(*shape: int, device: torch.device) -> torch.Tensor:
    """Standard normal, float32, likewise."""
    return torch.randn(shape, device=device, generator=_SHARE.get().generator)


def permutation(count: int, device: torch.device) -> torch.Tensor:
    """A random order int64 (count,), the same for all who share the batch."""
    return torch.randperm(count, device=device, generator=_SHARE.get().generator)
