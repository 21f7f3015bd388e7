"""Exponential moving averages of weights."""

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

RISE = 10  # steps over which an average that rises forgets where it began

M = TypeVar("M", bound=nn.Module)


class Ema(nn.Module, Generic[M]):
    """A second copy of a network whose weights are ``decay * own + (1 - decay) * network``, step by step.

    The copy is part of the learner that holds it, so of its checkpoint; a learner that wants it kept exports
    ``ema.network``. It never requires a gradient: leave it out of the optimisers.

    Args:
        network: Where the average starts.
        decay: Share of the average that a step leaves, in [0, 1).
    """

    def __init__(self, network: M, decay: float) -> None:
        super().__init__()
        self.network: M = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay

    def rising(self, step: int) -> float:
        """The decay of a step, counted from 1, that is less in the first ones: a short training leaves its start."""
        return min(self.decay, (1 + step) / (RISE + step))

    @torch.no_grad()
    def update(self, network: M, decay: float | None = None) -> None:
        """Takes one step towards ``network``; its buffers (batch statistics, counters) are copied.

        Args:
            network: Of the same shape.
            decay: Of this step, where it changes in the course of a training.
        """
        share = 1 - (self.decay if decay is None else decay)
        for mean, weight in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(weight, share)
        for own, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            own.copy_(buffer)
