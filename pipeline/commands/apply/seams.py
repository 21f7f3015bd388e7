"""What is found of seams while a picture is joined."""

import numpy as np

from pipeline.core.measures.seam import Steps, stained, steps


class Seams:
    """Looks for seams strip by strip: in the result, and at the same places in the slide.

    Args:
        rows: int (border,), the rows behind borders.
        columns: Likewise.
    """

    def __init__(self, rows: np.ndarray, columns: np.ndarray) -> None:
        self.result, self.source = Steps(), Steps()
        self._rows, self._columns, self._top = rows, columns, 0
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, result: np.ndarray, source: np.ndarray) -> None:
        """The next strip of both, uint8 (y, x, 3); pairs count where the slide is stained."""
        self._add(result, source, self._columns, 1)
        above = self._last or (result[:0], source[:0])
        result, source = np.concatenate([above[0], result]), np.concatenate([above[1], source])
        self._add(result, source, self._rows - (self._top - len(above[0])), 0)
        self._top, self._last = self._top + len(result) - len(above[0]), (result[-1:].copy(), source[-1:].copy())

    def _add(self, result: np.ndarray, source: np.ndarray, borders: np.ndarray, axis: int) -> None:
        seen = stained(source)
        self.result += steps(result, seen, borders, axis)
        self.source += steps(source, seen, borders, axis)
