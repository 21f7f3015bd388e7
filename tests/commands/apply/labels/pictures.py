"""Pictures whose labels are known, and labels that depend on single pixels and what is connected."""

from io import BytesIO

import numpy as np
from scipy.ndimage import gaussian_filter, label

from pipeline.commands.apply.labels.found import Found, PieceTiles
from pipeline.commands.apply.labels.stitched import Stitched
from pipeline.core.slides.cascade import Spool

CLASSES = 2


def maps_of(mask: np.ndarray) -> np.ndarray:
    """Probabilities that are sure: float32 (y, x, k) of class ids (y, x)."""
    return np.stack([mask == kind for kind in range(CLASSES + 1)], -1).astype(np.float32)


def connected(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest class, and connected parts of one class."""
    mask, instance = maps.argmax(0).astype(np.uint8), np.zeros(maps.shape[1:], np.uint32)
    for kind in range(1, CLASSES + 1):
        parts, _ = label(mask == kind)
        instance[mask == kind] = instance.max() + parts[mask == kind]
    return mask, instance


def stitched(maps: np.ndarray, labels=connected, rows: int = 100) -> Found:
    """What is found in maps, float32 (y, x, k), that come so many rows at a time."""
    tiles = PieceTiles(Spool(BytesIO()), maps.shape[1], maps.shape[0])
    strips = (maps[top : top + rows] for top in range(0, len(maps), rows))
    return Stitched(labels, CLASSES, tiles).found(strips)


def ids_of(found: Found) -> np.ndarray:
    """uint32 (y, x)."""
    return np.concatenate(list(found.rows()))


def blobs(height: int, width: int, coarse: float, seed: int = 0) -> np.ndarray:
    """Class ids (y, x) of shapes of any size and form, of both classes, which touch one another."""
    draw = np.random.default_rng(seed).normal
    kinds = gaussian_filter(draw(size=(height, width)), coarse), gaussian_filter(draw(size=(height, width)), coarse)
    return np.where(kinds[0] > 0, np.where(kinds[1] > 0, 1, 2), 0).astype(np.uint8)


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two label images show the same objects, whatever their numbers."""
    pairs = np.unique(np.stack([one.ravel(), other.ravel()], 1), axis=0)
    return len(pairs) == len(np.unique(one)) == len(np.unique(other)) and [0, 0] in pairs.tolist()
