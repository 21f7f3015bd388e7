"""Label images whose classes the study declares."""

from pathlib import Path

import numpy as np

from pipeline.core.slides.label_source import nearest
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
        return self._both(rows, columns)[0]

    def instances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return self._both(rows, columns)[1]

    def tile(self, x: float, y: float, side: float, size: int) -> tuple[np.ndarray, np.ndarray]:
        return self._both(nearest(y, side, size, self.height), nearest(x, side, size, self.width))

    def _both(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Class ids and instance ids; each page is read once."""
        ids = super().instances(rows, columns)
        mask = self._labelling.mask(self._labels(1, rows, columns), self.path)
        return np.where(ids > 0, mask, np.uint8(0)), np.where(mask > 0, ids, ids.dtype.type(0))
