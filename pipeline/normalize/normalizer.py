"""What the phase asks of a stain normaliser."""

from abc import ABC, abstractmethod

import numpy as np

from pipeline.core.files import Json


class Normalizer(ABC):
    """Brings the colours of one slide to those of another.

    A fit is plain JSON: what is known of one slide's stain. It travels in manifests, so a slide is
    fitted once and the reference is fitted once per cohort.
    """

    changes = True

    @abstractmethod
    def fit(self, pixels: np.ndarray, fallback: Json | None = None) -> Json:
        """What the stain of a slide looks like.

        Args:
            pixels: uint8 (pixel, 3), a sample of one slide's tissue tiles.
            fallback: The fit to use, flagged, where the pixels do not determine one.
        """

    @abstractmethod
    def transform(self, tiles: np.ndarray, fit: Json, target: Json) -> np.ndarray:
        """Tiles of a slide that looks like ``fit``, made to look like ``target``: uint8 (tile, y, x, 3) both."""

    @abstractmethod
    def distance(self, one: Json, other: Json) -> float:
        """How unlike two fits are; chooses the most typical slide as reference."""
