"""Masks of nuclei as pictures."""

import numpy as np
import torch

from pipeline.core.diffusion.conditions import edges

# Okabe and Ito 2008: told apart by people who do not see all colours
COLOURS = np.array(
    [
        [245, 245, 245],
        [0, 114, 178],
        [230, 159, 0],
        [0, 158, 115],
        [213, 94, 0],
        [204, 121, 167],
        [86, 180, 233],
        [240, 228, 66],
    ],
    np.uint8,
)
BORDER = np.uint8(40)


def coloured(mask: np.ndarray, instance: np.ndarray) -> np.ndarray:
    """A colour for every class, dark where nuclei end: uint8 (tile, y, x, 3).

    Args:
        mask: Class ids, uint8 (tile, y, x); beyond the eighth, colours come again.
        instance: Ids of nuclei, unsigned (tile, y, x).
    """
    names = np.where(mask > 0, 1 + (mask.astype(int) - 1) % (len(COLOURS) - 1), 0)
    border = edges(torch.from_numpy(instance.astype(np.int64))).numpy() & (mask > 0)
    return np.where(border[..., None], BORDER, COLOURS[names])
