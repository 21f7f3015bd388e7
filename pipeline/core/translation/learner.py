"""What learns to turn images into images: translators, and normalisers that are learned."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.errors import StudyError
from pipeline.core.train.learner import Learner
from pipeline.core.translation.panel import write_panel
from pipeline.core.translation.pixels import RGB, Pixels
from pipeline.core.translation.translator import Translator

LEAST_SIZE = 32  # less leaves the discriminator's five convolutions no patch
GENERATOR = "generator"


@dataclass(frozen=True)
class Ends:
    """What is translated into what, and whether row by row of a batch shows the same tissue in both."""

    source: Pixels = RGB
    target: Pixels = RGB
    registered: bool = False


class TranslatorLearner(Learner):
    """Learns to turn ``batch["source"]`` into ``batch["target"]``, both uint8 or uint16 (B, y, x, c).

    Constructors take ``size`` (side of a tile), ``lr`` (base learning rate) and the method's options; those that
    translate ``any_pixels``, not 8-bit RGB alone, also ``ends``. Of what is exported, ``generator`` is the translator.
    """

    any_pixels = False
    examples: Mapping[str, np.ndarray] | None = None

    def show(self, **examples: np.ndarray) -> None:
        """Draws these rows of what its batches hold at every checkpoint; registered where they can be."""
        self.examples = examples

    def hold(self, **held: np.ndarray) -> None:
        """Takes rows of what its batches hold, as far as patients who are held back have it; most methods need none."""

    def sample(self, folder: Path, step: int) -> None:
        """Writes ``step_000100.png``: the examples' source, translation and target."""
        if self.examples:
            network, _ = self.exports()[GENERATOR]
            write_panel(folder / f"step_{step:06d}.png", Translator(network), **self.examples)


class AdversarialTranslator(TranslatorLearner):
    """Generators and discriminators in turns, with the schedule both GAN papers share."""

    turns = (GENERATOR, "discriminator")
    betas = (0.5, 0.999)

    def rate(self, progress: float) -> float:
        """Constant for the first half, then linear to zero."""
        return min(1.0, 2 * (1 - progress))


def check_size(size: int, *, multiple: int) -> None:
    """Raises StudyError where tiles of ``size`` px do not fit the generator, or are too small for a discriminator."""
    if size % multiple or size < LEAST_SIZE:
        raise StudyError(
            f"tiles of {size} px do not fit these networks",
            where="params.yaml: tile.size",
            fix=f"a multiple of {multiple}, at least {LEAST_SIZE}; a U-Net with fewer downs takes smaller multiples",
        )
