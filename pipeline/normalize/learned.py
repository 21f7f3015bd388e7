"""Normalisers that learn: the generator that their training exported, in use."""

from pathlib import Path

import numpy as np

from pipeline.core.files import Json
from pipeline.core.translation.translator import Translator
from pipeline.normalize.normalizer import Change, Normalizer

AT_ONCE = 8  # tiles; a ResNet of the paper's width takes some 100 MB for each of 256 px


class Learned(Normalizer):
    """Brings tiles to the target of a training.

    Args:
        model: The folder with the ``generator``.
        options: Of the training; nothing is left of them to choose.
    """

    def __init__(self, model: Path, **options: object) -> None:
        self.translator = Translator.load(model)

    def change(self, fit: Json, target: Json) -> Change:
        """The generator's, the same for every slide."""
        return self._translated

    def _translated(self, tiles: np.ndarray) -> np.ndarray:
        starts = range(0, len(tiles), AT_ONCE)
        return np.concatenate([self.translator(tiles[start : start + AT_ONCE]) for start in starts])
