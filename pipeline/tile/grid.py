"""Which boxes of an image become tiles."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Grid:
    """Square tiles of one image, in level-0 pixels.

    Args:
        side: Side of a tile in level-0 pixels; need not be whole.
        xy: int64 (tile, 2), top-left corners.
        exact: float64 (tile, 2), where these lie between pixels; None where they do not.
    """

    side: float
    xy: np.ndarray
    exact: np.ndarray | None = None

    @property
    def corners(self) -> np.ndarray:
        """From where tiles are read: (tile, 2)."""
        return self.xy if self.exact is None else self.exact

    def boxes(self, scale: float = 1.0) -> np.ndarray:
        """float64 (tile, 4): x0, y0, x1, y1 in pixels of ``scale`` level-0 pixels each."""
        return np.concatenate([self.xy, self.xy + self.side], axis=1) / scale

    def kept(self, keep: np.ndarray) -> "Grid":
        """The tiles that are kept, bool (tile,)."""
        return Grid(self.side, self.xy[keep], None if self.exact is None else self.exact[keep])


def make_grid(*, width: int, height: int, side: float, stride: float) -> Grid:
    """All tiles that lie wholly within an image, row by row.

    Args:
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
        side: Of a tile, level-0 pixels; need not be whole.
        stride: From tile to tile, level-0 pixels; need not be whole. Corners are rounded, not added up.
    """
    x, y = (_starts(length, side, stride) for length in (width, height))
    return Grid(side, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))


def _starts(length: int, side: float, stride: float) -> np.ndarray:
    count = max(0, int(np.floor((length - side) / stride + 1e-6)) + 1)
    starts = np.rint(np.arange(count) * stride).astype(np.int64)
    clipped: np.ndarray = np.clip(starts, 0, max(0, int(np.floor(length - side + 1e-6))))
    return clipped
