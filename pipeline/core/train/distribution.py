"""One training on several devices: what a rank is, and what ranks tell each other. Alone, nothing happens."""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric.strategies.ddp import DDPStrategy
from lightning_fabric.strategies.strategy import Strategy
from torch import distributed

from pipeline.core.train.rank import started


@dataclass(frozen=True)
class Placement:
    """Where a training runs.

    Args:
        devices: Of each machine; one process each.
        nodes: Machines.
    """

    devices: int = 1
    nodes: int = 1

    @classmethod
    def here(cls) -> "Placement":
        """What ``torchrun`` started; else one device."""
        if not started():
            return cls()
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        return cls(devices, int(os.environ["WORLD_SIZE"]) // devices)

    def strategy(self, *, unused: bool) -> str | Strategy:
        """Fabric's for it.

        Buffers stay each rank's own: DDP would replace every rank's pool of past fakes by the first one's.

        Args:
            unused: Whether a pass may leave parameters without gradient, which DDP then looks for.
        """
        if self.devices * self.nodes == 1:
            return "auto"
        warnings.filterwarnings("ignore", "`broadcast_buffers` is deprecated", FutureWarning)  # what is new syncs once
        return DDPStrategy(broadcast_buffers=False, find_unused_parameters=unused)


def ranks() -> int:
    """How many processes train together; 1 where nobody said."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def gathered(tensor: torch.Tensor) -> torch.Tensor:
    """The rows of all ranks, (B, ...), in the order of the global batch, for a loss that needs them all.

    Gradients flow back to every rank's own rows, summed over the ranks, so that their mean over ranks (which DDP
    takes) is that of one rank with the whole batch.

    Args:
        tensor: This rank's rows, (B / ranks, ...): see :meth:`pipeline.core.train.batches.Batches.share`.
    """
    if ranks() == 1:
        return tensor
    whole: torch.Tensor = _Gather.apply(tensor)  # type: ignore[no-untyped-call]
    return whole


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, rows: torch.Tensor) -> torch.Tensor:
        parts = [torch.empty_like(rows) for _ in range(ranks())]
        distributed.all_gather(parts, rows.contiguous())
        return interleaved(parts)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        return mine(_total(gradient))


def mine(whole: torch.Tensor) -> torch.Tensor:
    """Of :func:`gathered` rows, this rank's own."""
    return whole[distributed.get_rank() :: ranks()] if ranks() > 1 else whole


def summed(tensor: torch.Tensor) -> torch.Tensor:
    """Its sum over the ranks; the gradient of every rank's copy flows back to it, as in :func:`gathered`."""
    if ranks() == 1:
        return tensor
    total: torch.Tensor = _Sum.apply(tensor)  # type: ignore[no-untyped-call]
    return total


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, tensor: torch.Tensor) -> torch.Tensor:
        return _total(tensor)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        return _total(gradient)


def _total(tensor: torch.Tensor) -> torch.Tensor:
    total = tensor.clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total


def interleaved(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Puts rows back in order: part *r* of *n*, (b, ...), holds rows *r*, *r + n*, ... of the answer (n b, ...)."""
    return torch.stack(list(parts), 1).flatten(0, 1)


def average(tensor: torch.Tensor) -> torch.Tensor:
    """Its mean over the ranks, without gradient."""
    if ranks() == 1:
        return tensor
    return _total(tensor) / ranks()


def of_all(value: Any) -> list[Any]:
    """What every rank holds, by rank."""
    if ranks() == 1:
        return [value]
    values: list[Any] = [None] * ranks()
    distributed.all_gather_object(values, value)
    return values
