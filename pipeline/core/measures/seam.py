"""Whether borders can be seen in a picture that was made in parts."""

from dataclasses import dataclass

import numpy as np

GLASS = 220  # intensity from which on the darkest channel of a pixel is white


@dataclass(frozen=True)
class Steps:
    """Absolute differences of neighbouring pixels, added up over parts of a picture.

    Args:
        across: Sum of those whose pixels a border parts.
        crossings: How many these are.
        within: Sum of all others.
        others: How many.
    """

    across: float = 0.0
    crossings: int = 0
    within: float = 0.0
    others: int = 0

    def __add__(self, other: "Steps") -> "Steps":
        return Steps(
            self.across + other.across,
            self.crossings + other.crossings,
            self.within + other.within,
            self.others + other.others,
        )

    @property
    def seam(self) -> float | None:
        """Mean difference across borders over that elsewhere: 1 where nothing shows them; None without any border."""
        if not self.crossings or not self.others:
            return None
        across, within = self.across / self.crossings, self.within / self.others
        if not within:
            return float("inf") if across else 1.0
        return across / within


def steps(image: np.ndarray, seen: np.ndarray, borders: np.ndarray, axis: int) -> Steps:
    """Differences of neighbours along one axis.

    Args:
        image: uint8 (y, x, c).
        seen: bool (y, x); a pair counts where both of its pixels are.
        borders: int (border,): of the pixels behind the borders, the places along the axis.
        axis: 0 from row to row, 1 from column to column.
    """
    turned, both = (np.moveaxis(values, axis, 0) for values in (image, seen))
    total = np.zeros((max(0, len(turned) - 1), turned.shape[1]), np.uint16)
    for channel in range(image.shape[2]):
        one, other = turned[:-1, :, channel], turned[1:, :, channel]
        total += np.maximum(one, other) - np.minimum(one, other)
    pairs = both[:-1] & both[1:]
    sums, counts = np.where(pairs, total, 0).sum(1, dtype=np.int64), pairs.sum(1)
    there = np.isin(np.arange(1, len(turned)), borders)
    scale = image.shape[2]
    return Steps(
        float(sums[there].sum() / scale),
        int(counts[there].sum()),
        float(sums[~there].sum() / scale),
        int(counts[~there].sum()),
    )


def stained(image: np.ndarray) -> np.ndarray:
    """Where there is tissue and no white: bool (y, x) of uint8 (y, x, 3)."""
    return np.asarray(image.min(-1) < GLASS)
