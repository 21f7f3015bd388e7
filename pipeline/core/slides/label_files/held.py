"""Labels that are held in memory."""

from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np

from pipeline.core.slides.label_source import LabelSource


class HeldLabels(LabelSource):
    """Labels that are held in memory.

    Args:
        path: Where they come from.
        mask: Class ids, uint8 (y, x), 0 for background.
        instance: Ids of objects, uint32 (y, x), 0 for background; None where they are to be found in the mask, which
            is done once they are asked for.
        sized: Whether the file says how large the image is.
    """

    def __init__(self, path: Path, mask: np.ndarray, instance: np.ndarray | None = None, *, sized: bool = True) -> None:
        super().__init__(path, *mask.shape[::-1])
        self.sized = sized
        self._mask, self._given, self._lock = mask, instance, Lock()
        if instance is not None:  # a pixel is of an object and of a class, or of neither
            self._mask = np.where(instance > 0, mask, np.uint8(0))
            self._given = np.where(mask > 0, instance, np.uint32(0))

    def masks(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return np.asarray(self._mask[np.ix_(rows, columns)])

    def instances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        with self._lock:
            ids = self._ids
        return np.asarray(ids[np.ix_(rows, columns)])

    @cached_property
    def _ids(self) -> np.ndarray:
        if self._given is not None:
            return self._given
        from pipeline.core.slides.label_files.found import objects_of  # scikit-image, which those with ids do without

        return objects_of(self._mask)
