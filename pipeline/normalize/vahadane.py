"""Vahadane et al., Structure-Preserving Color Normalization and Sparse Stain Separation, IEEE TMI 2016."""

import numpy as np
from scipy.optimize import minimize
from skimage.color import rgb2lab

from pipeline.core.files import Json
from pipeline.core.stain.density import optical_density, sparse_concentrations
from pipeline.normalize.two_stains import TYPICAL, TwoStains, main_plane, unit_columns

RUIFROK = np.array([[0.650, 0.072], [0.704, 0.990], [0.286, 0.105]])  # where the search begins
BRIGHT = 255.0
LEAST = 1e-6  # of a vector's components in the search: one of zeros has no direction


class Vahadane(TwoStains):
    """Two stain vectors by sparse coding: ``min |OD - a D|^2 / 2 + sparsity |a|_1``, D and a not negative, |D_k| = 1.

    The amounts that are best for given vectors have a closed form, so what is left is a smooth function of six
    numbers, whose gradient is that of the plain residual; L-BFGS-B needs some twenty looks at the pixels where
    alternation needs hundreds. It begins at fixed vectors, for from random ones it may end elsewhere.

    Args:
        io: Background intensity.
        offset: Added to intensities before the logarithm.
        luminosity: CIELAB lightness, as a share of white, from which on a pixel is background.
        sparsity: Penalty of amounts in learning the vectors.
        penalty: Of amounts in using them.
        rescale: Whether amounts are brought to the target's 99th percentiles, as StainTools does.
        brightness: Percentile of intensities that is brought to 255 before all else, as NASDM's authors do; None for
            none.
    """

    def __init__(
        self,
        io: float,
        offset: float,
        luminosity: float,
        sparsity: float,
        penalty: float,
        rescale: bool,
        brightness: float | None,
    ) -> None:
        super().__init__(io=io, offset=offset, penalty=penalty, rescale=rescale)
        self.luminosity, self.sparsity, self.brightness = luminosity, sparsity, brightness

    def fit(self, pixels: np.ndarray) -> Json:
        """Stain matrix, 99th percentiles and, with ``brightness``, the ``gain``; see :class:`TwoStains`.

        Args:
            pixels: uint8 (pixel, 3).
        """
        if not len(pixels):
            return dict(TYPICAL)
        gain = BRIGHT / max(1.0, float(np.percentile(pixels, self.brightness))) if self.brightness else 1.0
        seen = np.minimum(pixels * gain, BRIGHT)
        tissue = seen[rgb2lab(seen / BRIGHT)[:, 0] < 100 * self.luminosity]
        density = optical_density(tissue, io=self.io, offset=self.offset).clip(min=0)
        if main_plane(density) is None:
            return dict(TYPICAL)
        matrix = learn_stains(density, sparsity=self.sparsity)
        return self.fitted(density, matrix, **({"gain": gain} if self.brightness else {}))


def learn_stains(density: np.ndarray, *, sparsity: float) -> np.ndarray:
    """The two vectors of least :func:`objective`: float64 (3, 2), unit columns, haematoxylin first.

    Args:
        density: float (pixel, 3), not negative, of tissue.
        sparsity: Penalty of amounts.
    """

    def evaluated(flat: np.ndarray) -> tuple[float, np.ndarray]:
        vectors = flat.reshape(3, 2)
        lengths = np.linalg.norm(vectors, axis=0)
        matrix = vectors / lengths
        value, slope = objective(density, matrix, sparsity=sparsity)
        along = (slope * matrix).sum(0) * matrix  # what only changes a length changes nothing
        return value, ((slope - along) / lengths).ravel()

    found = minimize(
        evaluated, RUIFROK.ravel(), jac=True, method="L-BFGS-B", bounds=[(LEAST, None)] * 6, options={"ftol": 1e-10}
    )
    return unit_columns(found.x.reshape(3, 2))


def objective(density: np.ndarray, matrix: np.ndarray, *, sparsity: float) -> tuple[float, np.ndarray]:
    """``|OD - a D|^2 / 2 + sparsity |a|_1`` at the best amounts a, mean over pixels, and its gradient by the matrix.

    Args:
        density: float (pixel, 3).
        matrix: float (3, 2), unit columns.
        sparsity: Penalty of amounts.

    Returns:
        The value, and float64 (3, 2): as amounts are at their best, their own change does not count.
    """
    amounts = sparse_concentrations(density, matrix, penalty=sparsity)
    residual = amounts @ matrix.T - density
    value = np.square(residual).sum() / 2 + sparsity * amounts.sum()
    return float(value / len(density)), residual.T @ amounts / len(density)
