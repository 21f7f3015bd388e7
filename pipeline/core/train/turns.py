"""One step of training: a learner's turns, each with its optimiser."""

import torch
from lightning_fabric import Fabric
from torch import nn

from pipeline.core.train.batches import Batch
from pipeline.core.train.checkpoint import State
from pipeline.core.train.history import Meter
from pipeline.core.train.learner import Learner, Losses
from pipeline.core.train.streams import Streams


class Turns:
    """A learner and its optimisers, set up for a device and a precision.

    Args:
        fabric: Launched.
        learner: On the CPU; it is moved to the device.
        streams: Say into how many parts a batch is split.
    """

    def __init__(self, fabric: Fabric, learner: Learner, streams: Streams) -> None:
        self._fabric, self._learner, self._streams = fabric, learner, streams
        self._plain = learner.optimizers()
        self._module, *wrapped = fabric.setup(learner, *self._plain.values())
        self._optimizers = dict(zip(self._plain, wrapped, strict=True))
        groups = {turn: optimizer.param_groups for turn, optimizer in self._plain.items()}
        self._bases = {turn: [group["lr"] for group in of_turn] for turn, of_turn in groups.items()}
        self._own = {turn: [p for group in of_turn for p in group["params"]] for turn, of_turn in groups.items()}

    def step(self, batch: Batch, step: int, progress: float, meter: Meter) -> None:
        """Walks through the turns.

        Args:
            batch: This rank's, on any device.
            step: Counted from 0.
            progress: Of the training, in [0, 1).
            meter: Takes the losses in.
        """
        batch = {name: tensor.to(self._fabric.device, non_blocking=True) for name, tensor in batch.items()}
        self._learner.before_step(progress)
        for turn in self._learner.turns:
            optimizer = self._optimizers[turn]
            for group, base in zip(optimizer.param_groups, self._bases[turn], strict=True):
                group["lr"] = base * self._learner.rate(progress)
            self._require(turn)
            optimizer.zero_grad(set_to_none=True)
            meter.add(turn, self._backward(batch, turn), step)
            self._learner.clip(self._own[turn])
            optimizer.step()

    def _backward(self, batch: Batch, turn: str) -> Losses:
        """Sums up the gradients of the batch's parts; only with the last do the ranks exchange them.

        Returns:
            The mean of every loss over the parts.
        """
        parts, found = self._streams.parts, list[Losses]()
        for position, share in enumerate(self._streams.shares()):
            rows = {name: tensor[position::parts] for name, tensor in batch.items()}
            alone = self._fabric.no_backward_sync(self._module, enabled=position < parts - 1)
            with share.seen(), alone:
                losses = self._module(rows, turn)
                self._fabric.backward(losses["total"] / parts)
            found.append({name: value.detach() for name, value in losses.items()})
        return {name: torch.stack([losses[name] for losses in found]).mean(0) for name in found[0]}

    def _require(self, turn: str) -> None:
        """Lets gradients reach this turn's parameters alone."""
        if len(self._own) > 1:
            _require_grad([parameter for own in self._own.values() for parameter in own], wanted=False)
            _require_grad(self._own[turn], wanted=True)

    def state(self) -> State:
        """Weights and optimisers, for a checkpoint."""
        return {
            "learner": self._learner.state_dict(),
            "optimizers": {turn: optimizer.state_dict() for turn, optimizer in self._plain.items()},
        }

    def resume(self, state: State) -> None:
        """Goes on from :meth:`state`."""
        self._learner.load_state_dict(state["learner"])
        for turn, optimizer in self._plain.items():
            optimizer.load_state_dict(state["optimizers"][turn])


def _require_grad(parameters: list[nn.Parameter], *, wanted: bool) -> None:
    for parameter in parameters:
        parameter.requires_grad_(wanted)
