"""Turns painted nuclei into pictures: Beer-Lambert light through stained tissue."""

import numpy as np
from scipy.ndimage import gaussian_filter

from pipeline.core.seeds import derive
from pipeline.phantom.fields import fibres, local_mean, smooth_field
from pipeline.phantom.layout import CLASSES, Layout
from pipeline.phantom.nuclei import Nuclei
from pipeline.phantom.raster import Raster
from pipeline.phantom.stains import Style

CHROMATIN, PLASMA = 1.15, 0.08  # haematoxylin: in nuclei, and everywhere
EOSIN, IN_NUCLEI = 0.36, 0.4  # eosin outside nuclei, and the share of it left inside them
COUNTERSTAIN, DAB_STRENGTH, UNSPECIFIC = 0.5, 1.7, 0.05


def tissue_cover(layout: Layout) -> np.ndarray:
    """Share of each pixel that is tissue: float32 (y, x), 0..1, with an edge about 2 µm wide."""
    cover = np.clip(layout.edge * np.float32(layout.side / 16), 0, 1)
    for x, y, radius in layout.holes:
        half = int(radius + 3)
        top, left = max(0, int(y) - half), max(0, int(x) - half)
        patch = cover[top : int(y) + half + 1, left : int(x) + half + 1]
        rows = np.arange(top, top + patch.shape[0], dtype=np.float32)[:, None] - y
        columns = np.arange(left, left + patch.shape[1], dtype=np.float32)[None, :] - x
        np.minimum(patch, np.clip((np.hypot(rows, columns) - radius) / 2 + 0.5, 0, 1), out=patch)
    return cover


def concentrations(layout: Layout, raster: Raster, style: Style, *, seed: int, slide: str) -> np.ndarray:
    """Amounts of haematoxylin and of the second stain: float32 (2, y, x).

    The second stain is DAB where the raster has a stained membrane, else eosin. Both vary slowly
    over the slide, and eosin along fibres, without regard to the tissue's class. A share of the
    dye, which varies too, has spilled into the surroundings: mean colour stays, contrast goes.
    """
    rng = np.random.default_rng(derive(seed, "phantom", "render", slide))
    side = layout.side
    thickness = tissue_cover(layout) * np.exp(np.float32(0.08) * smooth_field(rng, side, 400.0))
    grain = gaussian_filter(rng.standard_normal((side, side), dtype=np.float32), 1.3, truncate=2.5)
    grain *= np.float32(0.22 / grain.std())
    in_nuclei = np.minimum(raster.chromatin, 1)
    blue = raster.chromatin * (1 + grain) * np.exp(np.float32(0.18) * smooth_field(rng, side, 110.0))
    texture = 1 + np.float32(0.22) * fibres(rng, side)
    if raster.membrane is None:
        blue = np.float32(CHROMATIN) * blue + np.float32(PLASMA) * texture
        field = np.exp(np.float32(0.18) * smooth_field(rng, side, 130.0))
        second = np.float32(EOSIN) * field * texture * (1 - np.float32(1 - IN_NUCLEI) * in_nuclei)
    else:
        blue = np.float32(COUNTERSTAIN) * blue + np.float32(PLASMA / 2) * texture
        field = np.exp(np.float32(0.12) * smooth_field(rng, side, 130.0))
        second = field * (np.float32(DAB_STRENGTH) * raster.membrane * (1 + grain) + np.float32(UNSPECIFIC) * texture)
    spill = np.clip(np.float32(0.2) + np.float32(0.2) * smooth_field(rng, side, 90.0), 0, 0.6)
    stains = np.empty((2, side, side), np.float32)
    for place, (stain, strength) in enumerate(zip((blue, second), style.strengths, strict=True)):
        stain += spill * (local_mean(stain) - stain)
        np.multiply(np.maximum(stain, 0), thickness * np.float32(strength), out=stains[place])
    return stains


def photograph(stains: np.ndarray, style: Style, *, noise: float, seed: int, slide: str) -> np.ndarray:
    """Photographs stained tissue: ``I = background * exp(-matrix @ stains)``, blurred, with sensor noise.

    Args:
        stains: float32 (2, y, x) concentrations.
        style: Stain vectors, background, blur.
        noise: Standard deviation of the noise as a share of full scale, before the site's factor.
        seed: The study's seed.
        slide: Decides the noise.

    Returns:
        uint8 (y, x, 3).
    """
    rng = np.random.default_rng(derive(seed, "phantom", "noise", slide))
    matrix = style.matrix.astype(np.float32)
    picture = np.empty((*stains.shape[1:], 3), np.uint8)
    for channel in range(3):
        light = np.exp(-np.tensordot(matrix[channel], stains, 1))
        light = gaussian_filter(light, style.blur, truncate=3) * np.float32(style.background[channel])
        if noise:
            light += np.float32(255 * noise * style.noise) * rng.standard_normal(light.shape, dtype=np.float32)
        picture[..., channel] = np.clip(light + 0.5, 0, 255).astype(np.uint8)
    return picture


def panck(nuclei: Nuclei, *, seed: int, section: str) -> np.ndarray:
    """How strongly each cell takes a pan-cytokeratin stain: float64 (nucleus,), 0..1.

    Nine in ten tumour cells, strongly; four in five gland cells, weaker; no other.
    """
    rng = np.random.default_rng(derive(seed, "phantom", "panck", section))
    draw, level = rng.uniform(size=len(nuclei)), rng.uniform(-1, 1, len(nuclei))
    tumour, gland = (nuclei.kind == CLASSES.index(name) for name in ("tumour", "gland"))
    strong = tumour * (draw < 0.9) * (0.8 + 0.2 * level)
    return np.asarray(strong + gland * (draw < 0.8) * (0.5 + 0.15 * level))
