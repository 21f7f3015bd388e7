"""Grounding: whether Grad-CAM points to the class that is asked for, among tiles of others.

Four tiles make a picture, of which one is of the class: the grid pointing game (Böhle et al. 2021, arXiv 2104.00032).
Where the class lies is known of any labelled tiles, and chance is a quarter.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.networks.language import Language
from pipeline.evaluate.grad_cam import grad_cam

SIDE = 2
PARTS = SIDE * SIDE
LIMIT = 128  # pictures of a task in a domain
METRICS = ["pointing", "mass"]


@dataclass(frozen=True)
class Grids:
    """Pictures of PARTS tiles, row by row.

    Args:
        tiles: int64 (picture, PARTS), positions of tiles.
        asked: int64 (picture,), the place of the tile whose class is asked for.
    """

    tiles: np.ndarray
    asked: np.ndarray

    @classmethod
    def draw(cls, rows: np.ndarray, target: np.ndarray, seed: int) -> "Grids":
        """LIMIT pictures at most, of another tile asked for each; none where all tiles are of one class.

        Args:
            rows: int64 (tile,), positions of the tiles to draw from.
            target: int64 (tile,), their classes.
            seed: Of the drawing.
        """
        rng = np.random.default_rng(seed)
        chosen = np.sort(rng.permutation(len(rows))[:LIMIT]) if len(np.unique(target)) > 1 else np.zeros(0, np.int64)
        asked = rng.integers(0, PARTS, len(chosen))
        tiles = np.zeros((len(chosen), PARTS), np.int64)
        for picture, place, tile in zip(tiles, asked, chosen, strict=True):
            picture[:] = rows[rng.choice(np.flatnonzero(target != target[tile]), PARTS)]
            picture[place] = rows[tile]
        return cls(tiles, asked)

    def pictures(self, images: np.ndarray) -> np.ndarray:
        """uint8 (picture, SIDE y, SIDE x, c) of the images (picture, PARTS, y, x, c) of their tiles."""
        count, _, y, x, channels = images.shape
        parts = images.reshape(count, SIDE, SIDE, y, x, channels).transpose(0, 1, 3, 2, 4, 5)
        return parts.reshape(count, SIDE * y, SIDE * x, channels)


def point(heat: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Where shares of heat lie, float64 (picture, 2), by METRICS; NaN where there are none.

    ``pointing``: whether the largest lies in the part that is asked for, of several equal ones the share that does.
    ``mass``: the share of all that does.

    Args:
        heat: float (picture, SIDE y, SIDE x), of sum 1.
        asked: int (picture,), places of the parts.
    """
    count, y, x = heat.shape
    parts = heat.reshape(count, SIDE, y // SIDE, SIDE, x // SIDE).transpose(0, 1, 3, 2, 4).reshape(count, PARTS, -1)
    most = np.isclose(parts, heat.max((1, 2))[:, None, None], rtol=1e-5, atol=0).sum(2)
    own = np.arange(count), asked
    with np.errstate(invalid="ignore"):
        return np.stack([most[own] / most.sum(1), parts.sum(2)[own]], 1)


def ground(encoder: Encoder, language: Language, pictures: np.ndarray, classes: np.ndarray, batch: int) -> np.ndarray:
    """Grad-CAM of the cosine of every picture with a class: float64 (picture, y, x).

    Args:
        encoder: In eval mode.
        language: Likewise.
        pictures: uint8 (picture, y, x, c).
        classes: Unit vectors (picture, d), of the class that is asked for.
        batch: Pictures at a time.
    """
    device, found = next(encoder.parameters()).device, []
    for start in range(0, len(pictures), batch):
        rows = slice(start, start + batch)
        wanted = torch.from_numpy(classes[rows]).float().to(device)
        images = unit(torch.from_numpy(pictures[rows]).to(device))
        heat = grad_cam(encoder, images, partial(_cosines, language, wanted))
        found.append(heat.double().cpu().numpy())
    return np.concatenate(found)


def _cosines(language: Language, wanted: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """Those of features (B, f) with unit vectors (B, d): (B,)."""
    return (language.images(features) * wanted).sum(1)
