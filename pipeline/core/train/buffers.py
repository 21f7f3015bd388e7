"""Each rank's own buffers: what it has shown of late, the statistics of its batches."""

import torch
from torch import nn

from pipeline.core.train.distribution import of_all, ranks

Buffers = dict[str, torch.Tensor]


def all_buffers(module: nn.Module) -> list[Buffers]:
    """Every rank's buffers on the CPU, by rank; empty where one trains alone: its weights' state has them."""
    if ranks() == 1:
        return []
    kept = module.state_dict().keys()  # the others are made anew by whoever builds the learner
    return of_all({name: buffer.cpu() for name, buffer in module.named_buffers() if name in kept})


@torch.no_grad()
def resume_buffers(module: nn.Module, buffers: list[Buffers], rank: int) -> None:
    """Goes on where :func:`all_buffers` was; the number of ranks is that of then."""
    if buffers:
        own = dict(module.named_buffers())
        for name, values in buffers[rank].items():
            own[name].copy_(values)
