"""What a translator adds to a method of the training loop: what it needs and what it exports."""

from abc import abstractmethod

from torch import nn

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.train.learner import Method

Exports = dict[str, tuple[nn.Module, Json]]
LEAST_SIZE = 32  # less leaves the discriminator's five convolutions nothing to judge


class TranslatorMethod(Method):
    """A method that learns to turn ``batch["source"]`` into ``batch["target"]``, both uint8 (B, y, x, 3).

    Constructors take ``size`` (side of a tile), ``lr`` (base learning rate) and the method's options.
    """

    @abstractmethod
    def exports(self) -> Exports:
        """Networks to keep, with their configs for :func:`build_network`; ``generator`` is the translator."""


class AdversarialTranslator(TranslatorMethod):
    """Generators and discriminators in turns, with the schedule both GAN papers share."""

    turns = ("generator", "discriminator")
    betas = (0.5, 0.999)

    def rate(self, progress: float) -> float:
        """Constant for the first half, then linear to zero."""
        return min(1.0, 2 * (1 - progress))


def check_size(size: int, *, multiple: int) -> None:
    """Raises StudyError where tiles of ``size`` px do not fit the generator, or are too small to judge by patches."""
    if size % multiple or size < LEAST_SIZE:
        raise StudyError(
            f"tiles of {size} px do not fit this translator",
            where="params.yaml: tile.size, translate.*.options",
            fix=f"a multiple of {multiple}, at least {LEAST_SIZE}; a U-Net with fewer downs takes smaller multiples",
        )
