"""One training on several devices: what a rank is, and what ranks tell each other. Alone, nothing happens."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from lightning_fabric.strategies.ddp import DDPStrategy
from lightning_fabric.strategies.strategy import Strategy
from torch import distributed, nn

from pipeline.core.train.rank import started

M = TypeVar("M", bound=nn.Module)


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

    def strategy(self, turns: int) -> str | Strategy:
        """Fabric's for it; with several turns a step leaves some parameters without gradient.

        Buffers stay each rank's own: DDP would replace every rank's pool of past fakes by the first one's.
        """
        if self.devices * self.nodes == 1:
            return "auto"
        return DDPStrategy(broadcast_buffers=False, find_unused_parameters=turns > 1)


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
        total = gradient.clone()
        distributed.all_reduce(total)
        return total[distributed.get_rank() :: ranks()]


def interleaved(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Puts rows back in order: part *r* of *n*, (b, ...), holds rows *r*, *r + n*, ... of the answer (n b, ...)."""
    return torch.stack(list(parts), 1).flatten(0, 1)


def average(tensor: torch.Tensor) -> torch.Tensor:
    """Its mean over the ranks, without gradient."""
    if ranks() == 1:
        return tensor
    total = tensor.clone()
    distributed.all_reduce(total)
    return total / ranks()


def of_all(value: Any) -> list[Any]:
    """What every rank holds, by rank."""
    if ranks() == 1:
        return [value]
    values: list[Any] = [None] * ranks()
    distributed.all_gather_object(values, value)
    return values


def synchronised(module: nn.Module, device: torch.device) -> None:
    """Lets batch norm see the batches of all ranks; PyTorch can do so on GPUs alone."""
    if ranks() > 1 and device.type == "cuda":
        for name, child in module.named_children():
            setattr(module, name, nn.SyncBatchNorm.convert_sync_batchnorm(child))  # type: ignore[no-untyped-call]
