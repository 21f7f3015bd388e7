"""Whether a synthetic channel follows its own marker, or whatever else is in the tissue."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Specificity:
    """Correlations of synthetic channels within patients, who differ in how strongly they are stained.

    Args:
        names: str (marker,), of the channels that are asked about; they come first.
        channels: int (), how many there are in all.
        products: float64 (patient, value, value), sums of products of the deviations from the patient's means. The
            values are those of the synthetic channels, of the real ones, and what H&E shows of the composition.
    """

    names: np.ndarray
    channels: np.ndarray
    products: np.ndarray

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        synthetic: np.ndarray,
        real: np.ndarray,
        composition: np.ndarray,
        patient: np.ndarray,
        patients: int,
    ) -> "Specificity":
        """Of units, tiles or nuclei.

        Args:
            names: Of the first channels.
            synthetic: float (unit, channel).
            real: float of the same shape.
            composition: float (unit, score); no scores where the source is not seen in light.
            patient: int (unit,), below ``patients``.
            patients: How many.
        """
        values = np.concatenate([synthetic, real, composition], axis=1).astype(np.float64)
        products = np.zeros((patients, values.shape[1], values.shape[1]))
        for number in np.unique(patient):
            own = values[patient == number]
            own = own - own.mean(0)
            own[:, np.ptp(own, axis=0) < 1e-9] = 0  # a constant, but for rounding
            products[number] = own.T @ own
        return cls(np.array(names), np.array(synthetic.shape[1]), products)

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Of every marker ``own``, the correlation with its real channel; ``other``, the largest in size with any other
        real channel; ``composition``, with any score; and ``margin``, what the first is above both of these.

        NaN where a channel does not vary, or there is no other. See :class:`pipeline.core.measures.pool.Pool`.
        """
        count, found = int(self.channels), dict[str, np.ndarray]()
        matrices = np.tensordot(weights, self.products, 1)
        scale = np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
        with np.errstate(invalid="ignore", divide="ignore"):
            all_ = matrices / (scale[:, :, None] * scale[:, None, :])
        for place, name in enumerate(self.names.tolist()):
            row = all_[:, place, count:]
            own, sizes = row[:, place], np.abs(row)
            other = _largest(np.delete(sizes[:, :count], place, axis=1))
            composition = _largest(sizes[:, count:])
            rival = _largest(np.stack([other, composition], 1))
            figures = {"own": own, "other": other, "composition": composition, "margin": own - rival}
            found |= {f"{name}/{figure}": values for figure, values in figures.items()}
        return found


def _largest(sizes: np.ndarray) -> np.ndarray:
    """Of each row: float64 (row,); NaN of nothing, or of NaN alone."""
    filled = np.where(np.isnan(sizes), -1, sizes)
    most = filled.max(1, initial=-1)
    return np.where(most < 0, np.nan, most)
