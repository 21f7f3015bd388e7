"""How much the tiles of a set differ from one another, as a network sees them.

The distance is that of LPIPS (Zhang et al., CVPR 2018) without weights that people's judgements were fitted with: maps
of several layers, a vector of length 1 at every place, squared differences averaged over places and summed over layers.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Diversity:
    """The mean distance between two different tiles of a set.

    Args:
        extractor: str (), which network; the metric bears its name.
        counts: float64 (patient,), tiles.
        squares: float64 (patient,), sums of the squared length of their vectors.
        products: float64 (patient, patient), of the sums of their vectors.
    """

    extractor: np.ndarray
    counts: np.ndarray
    squares: np.ndarray
    products: np.ndarray

    @classmethod
    def of(cls, extractor: str, sums: np.ndarray, squares: np.ndarray, counts: np.ndarray) -> "Diversity":
        """Of sums (patient, entry) of tiles' vectors, whose squared distances are what is averaged."""
        return cls(np.array(extractor), counts, squares, sums @ sums.T)

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The distance, by the extractor's name; see :class:`pipeline.core.measures.pool.Pool`.

        A patient who is taken twice has no tile twice: tiles are paired with others alone.
        """
        count = weights @ self.counts
        pairs = np.square(count) - np.square(weights) @ self.counts
        apart = count * (weights @ self.squares) - ((weights @ self.products) * weights).sum(1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return {str(self.extractor): np.where(pairs > 0, 2 * apart / pairs, np.nan)}
