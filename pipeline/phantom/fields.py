"""Random fields that the phantom is painted with."""

import numpy as np
from PIL import Image

UM_PER_PX = 0.5


def smooth_field(rng: np.random.Generator, side: int, scale_um: float) -> np.ndarray:
    """A smooth random field whose features are about ``scale_um`` wide.

    Returns:
        float32 (side, side), mean about 0 and standard deviation about 1.
    """
    knots = int(np.ceil(side * UM_PER_PX / scale_um)) + 3
    coarse = rng.standard_normal((knots, knots))
    per_knot = scale_um / UM_PER_PX
    box = (1.0, 1.0, 1 + side / per_knot, 1 + side / per_knot)  # a knot from the border, where weights are cut off
    field = np.asarray(Image.fromarray(coarse.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC, box))
    return field * np.float32(1.4)  # bicubic interpolation of white noise keeps about half its variance


def local_mean(field: np.ndarray, cell: int = 32) -> np.ndarray:
    """Means over cells of ``cell`` x ``cell`` pixels, interpolated: float32 like ``field``, square."""
    side = len(field) // cell * cell
    coarse = field[:side, :side].reshape(side // cell, cell, side // cell, cell).mean((1, 3), dtype=np.float32)
    return np.asarray(Image.fromarray(coarse).resize(field.shape[::-1], Image.Resampling.BILINEAR))


def fibres(rng: np.random.Generator, side: int) -> np.ndarray:
    """Wavy fibres that run now one way, now another.

    Returns:
        float32 (side, side), mean about 0 and standard deviation about 1.
    """
    axis = np.arange(side, dtype=np.float32) * np.float32(UM_PER_PX)
    weight = np.clip(0.5 + 0.7 * smooth_field(rng, side, 140.0), 0, 1)
    total = np.zeros((side, side), np.float32)
    for share in (weight, 1 - weight):
        turn, width = rng.uniform(0, np.pi), rng.uniform(2.0, 3.5)
        across = axis[None, :] * np.float32(np.cos(turn)) + axis[:, None] * np.float32(np.sin(turn))
        across += np.float32(22) * smooth_field(rng, side, 110.0) + np.float32(3) * smooth_field(rng, side, 28.0)
        table = np.convolve(rng.standard_normal(4096 + 8), np.hanning(11)[1:-1], "valid").astype(np.float32)
        table = (table - table.mean()) / table.std()
        total += np.sqrt(share) * table[(across * np.float32(4 / width)).astype(np.int32) % len(table)]
    return total
