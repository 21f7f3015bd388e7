"""Label images whose classes the study declares."""

from pathlib import Path

import numpy as np

from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.labels import LabelImage


class DeclaredLabels(LabelImage):
    """A label image of which a pixel is of an object and of a declared class, or of neither.

    Args:
        path: See :class:`pipeline.core.slides.labels.LabelImage`.
        labelling: What the study says of class ids.

    Raises:
        SlideError: It is no label image.
    """

    def __init__(self, path: Path, labelling: Labelling) -> None:
        super().__init__(path)
        self._labelling = labelling

    def masks(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """As those of any labels; raises SlideError where a class is not declared."""
        mask = self._labelling.mask(self._labels(1, rows, columns), self.path)
        return np.where(self._labels(0, rows, columns) > 0, mask, np.uint8(0))

    def instances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        ids = super().instances(rows, columns)
        return np.where(self.masks(rows, columns) > 0, ids, ids.dtype.type(0))
