"""What learners share that translate both ways: two generators that undo one another, two discriminators."""

import itertools
from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import nn

from pipeline.core.files import Json
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Exports, Losses
from pipeline.core.translation.gan import ImagePool
from pipeline.core.translation.learner import AdversarialTranslator


class CyclicTranslator(AdversarialTranslator):
    """Two generators that undo one another, each against a discriminator of its domain, which sees past fakes too.

    Args:
        size: Side of a tile.
        lr: Base learning rate.
        pool: Past fakes kept for each discriminator.
        generator: Makes one.
        discriminator: Makes one.
        config: Of a generator, as it is exported.
    """

    def __init__(
        self,
        *,
        size: int,
        lr: float,
        pool: int,
        generator: Callable[[], nn.Module],
        discriminator: Callable[[], nn.Module],
        config: Json,
    ) -> None:
        super().__init__()
        self.lr, self.config = lr, config
        self.to_target, self.to_source = (generator() for _ in range(2))
        self.discriminator_target, self.discriminator_source = (discriminator() for _ in range(2))
        self.past_target, self.past_source = (ImagePool(pool, (3, size, size)) for _ in range(2))
        self._seen: tuple[torch.Tensor, ...] | None = None

    def exports(self) -> Exports:
        return {"generator": (self.to_target, self.config), "backward": (self.to_source, self.config)}

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        generators = itertools.chain(self.to_target.parameters(), self.to_source.parameters())
        discriminators = itertools.chain(self.discriminator_target.parameters(), self.discriminator_source.parameters())
        return {
            "generator": torch.optim.Adam(generators, self.lr, self.betas),
            "discriminator": torch.optim.Adam(discriminators, self.lr, self.betas),
        }

    def forward(self, batch: Batch, turn: str) -> Losses:
        """The generator turn leaves its images to the discriminator turn of the same step."""
        if turn == "generator":
            return self._generators(batch)
        if self._seen is None:
            with torch.no_grad():
                self._generators(batch)
        seen, self._seen = self._seen or (), None
        return self._discriminators(*seen)

    @abstractmethod
    def _generators(self, batch: Batch) -> Losses:
        """Losses of the generators; leaves source, target, fake source and fake target in ``_seen``, detached."""

    @abstractmethod
    def _discriminators(self, *seen: torch.Tensor) -> Losses:
        """Losses of the discriminators on what :meth:`_generators` left."""
