"""How a synthetic view resembles the real one. Pure functions."""

import numpy as np
from skimage.metrics import structural_similarity

MASK_THRESHOLD = 0.5


def agreement(synthetic: np.ndarray, real: np.ndarray) -> float:
    """Correlation with the registered real tile above that with another real tile of the slide.

    A constant answer scores 0, and so does one that ignores its source.

    Args:
        synthetic: uint8 (tile, y, x, 3).
        real: uint8 of the same shape; row *i* shows the same tissue. Needs two tiles at least.
    """
    return correlation(synthetic, real) - correlation(synthetic, np.roll(real, len(real) // 2, axis=0))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson correlation of two arrays of one shape (..., channel), each channel about its own mean.

    0 where either is constant, so that getting the overall colour right earns nothing.
    """
    a, b = _centred(one), _centred(other)
    scale = np.sqrt(np.square(a).sum(dtype=np.float64) * np.square(b).sum(dtype=np.float64))
    return float((a * b).sum(dtype=np.float64) / scale) if scale > 0 else 0.0


def l1(synthetic: np.ndarray, real: np.ndarray, full: int = 255) -> float:
    """Mean absolute difference of uint8 or uint16 arrays of one shape, in units of the value ``full``."""
    return float(np.abs(synthetic.astype(np.int32) - real).mean() / full)


def ssim(synthetic: np.ndarray, real: np.ndarray, full: int = 255) -> float:
    """Mean SSIM over tiles (Wang et al. 2004), of values from 0 to ``full``; uint8 or uint16 (tile, y, x, c)."""
    pairs = zip(synthetic, real, strict=True)
    return float(np.mean([structural_similarity(a, b, channel_axis=-1, data_range=full) for a, b in pairs]))


def dice(synthetic: np.ndarray, real: np.ndarray, full: int = 255) -> float:
    """Dice of the foreground, where the channels' mean is above half of ``full``; 1 where both are empty."""
    a, b = (x.mean(-1) > full * MASK_THRESHOLD for x in (synthetic, real))
    size = a.sum() + b.sum()
    return float(2 * (a & b).sum() / size) if size else 1.0


def _centred(values: np.ndarray) -> np.ndarray:
    """About the mean of each channel; exactly 0 where that is all rounding. Tiles stay in single precision."""
    wide = values.astype(np.result_type(values, np.float32))
    mean = values.mean(axis=tuple(range(values.ndim - 1)), dtype=np.float64)
    centred = wide - mean.astype(wide.dtype)
    rounding = 1e-9 * np.abs(wide).max(initial=0.0)
    return centred if np.abs(centred).max(initial=0.0) > rounding else np.zeros_like(centred)
