"""The way there and back on tiles of patients who are held back: what a checkpoint is kept for."""

import numpy as np
from torch import nn

from pipeline.core.measures.similarity import ssim
from pipeline.core.seeds import derive
from pipeline.core.translation.noise import tile_seeds
from pipeline.core.translation.translator import Translator

AT_ONCE = 8  # tiles
SEED = 0  # the same noise in every validation, so that weights alone tell scores apart


def cycle_ssim(forth: nn.Module, back: nn.Module, tiles: np.ndarray) -> float:
    """Mean SSIM of tiles and of what ``back`` makes of what ``forth`` makes of them, as stores would hold them.

    Args:
        forth: From the tiles' domain, see :class:`Translator`.
        back: Into it.
        tiles: uint8 or uint16 (tile, y, x, c).
    """
    there, again = Translator(forth), Translator(back)
    found = []
    for start in range(0, len(tiles), AT_ONCE):
        part = tiles[start : start + AT_ONCE]
        seeds = tile_seeds(SEED, "validate", rows=range(start, start + len(part)))
        returned = again(there(part, seeds), [derive(seed, "backward") for seed in seeds])
        found.append(ssim(returned, part, there.source.full) * len(part))
    return sum(found) / len(tiles)
