"""The random numbers of a training: each rank's own, and those of the whole batch."""

from collections.abc import Iterator

import torch

from pipeline.core.errors import ProductError
from pipeline.core.seeds import derive
from pipeline.core.train.distribution import of_all
from pipeline.core.train.share import Share

Stream = dict[str, torch.Tensor]


class Streams:
    """The generators of a rank; made when the learner is built, alike on every rank.

    Where one process goes through every batch at once there is one stream, the default generator. Else that is each
    rank's own, for dropout and for pools of past images, and what it would have drawn for the whole batch comes from
    a generator that is in the same state on every rank and at every part of a batch.

    Args:
        seed: Of the training.
        rank: Of this process.
        ranks: How many train together.
        parts: Into which a rank's share of a batch is split.
        device: Of the training.
    """

    def __init__(self, seed: int, rank: int, ranks: int, parts: int, device: torch.device) -> None:
        self._rank, self._ranks, self.parts, self._device = rank, ranks, parts, device
        self._common: torch.Generator | None = None
        if ranks * parts > 1:
            self._common = torch.Generator(device)
            self._common.set_state(_state(device))
            torch.manual_seed(derive(seed, "fit", rank))

    def shares(self) -> Iterator[Share]:
        """The share of each part of this rank, one after the other; all draw the same numbers of the whole batch."""
        start = self._common.get_state() if self._common else None
        for part in range(self.parts):
            if self._common and start is not None:
                self._common.set_state(start)
            yield Share(self._rank + self._ranks * part, self._ranks * self.parts, self._common)

    def state(self) -> list[Stream]:
        """Where every rank's generators are: of the CPU, of its device where that is another, and the whole batch's."""
        own = {"cpu": torch.get_rng_state()}
        if self._device.type != "cpu":
            own["device"] = _state(self._device)
        if self._common:
            own["common"] = self._common.get_state()
        return of_all(own)

    def resume(self, states: list[Stream]) -> None:
        """Goes on where :meth:`state` was; raises ProductError where there were more or fewer ranks."""
        if len(states) != self._ranks:
            raise ProductError(
                f"a training of {len(states)} ranks cannot go on with {self._ranks}",
                where="scratch",
                fix=f"run it with {len(states)} ranks, or delete the checkpoint to begin anew",
            )
        own = states[self._rank]
        torch.set_rng_state(own["cpu"])
        if "device" in own:
            torch.get_device_module(self._device).set_rng_state(own["device"])
        if self._common and "common" in own:
            self._common.set_state(own["common"])


def _state(device: torch.device) -> torch.Tensor:
    """Of the default generator of a device."""
    if device.type == "cpu":
        return torch.get_rng_state()
    state: torch.Tensor = torch.get_device_module(device).get_rng_state()
    return state
