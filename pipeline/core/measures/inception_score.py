"""How surely single tiles are of a class, and how evenly all are spread over the classes. Salimans et al., 2016."""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy


@dataclass(frozen=True)
class InceptionScore:
    """``exp E KL(p(class | tile) || p(class))``: 1 where the tiles' classes are alike, as many as classes at most.

    Args:
        extractor: str (), whose classes; the metric bears its name.
        counts: float64 (patient,), tiles.
        sums: float64 (patient, class), of chances.
        certainties: float64 (patient,), sums of ``sum p log p`` of each tile.
    """

    extractor: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    certainties: np.ndarray

    @classmethod
    def of(cls, extractor: str, chances: np.ndarray, patient: np.ndarray, patients: int) -> "InceptionScore":
        """Of chances (tile, class), rows summing to 1, and the patient (tile,) of each, an int below ``patients``."""
        member = np.eye(patients)[patient]
        chances = chances.astype(np.float64)
        return cls(np.array(extractor), member.sum(0), member.T @ chances, member.T @ xlogy(chances, chances).sum(1))

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The score, by the extractor's name; see :class:`pipeline.core.measures.pool.Pool`."""
        count = weights @ self.counts
        with np.errstate(invalid="ignore", divide="ignore"):
            marginal = weights @ self.sums / count[:, None]
            found = np.exp(weights @ self.certainties / count - xlogy(marginal, marginal).sum(1))
        return {str(self.extractor): np.where(count > 0, found, np.nan)}
