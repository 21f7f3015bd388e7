"""Whether a generator gives back the tiles that it was trained on. Pure functions.

What betrays a copy is that one training tile is far nearer than those that come next (the ratio of Carlini et al.,
Extracting Training Data from Diffusion Models, 2023), nearer than that happens to tiles which cannot have been copied
(Meehan et al., A Non-Parametric Test to Detect Data-Copying, 2020): real ones of patients whom the training tiles are
not of. The ratio asks a tile about itself, so that one that lies near to all others, blurred or empty, is no copy for
that; and both are measured against the same training tiles, so that eight of them and a thousand are judged alike.
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.ndimage import gaussian_filter

CELLS = 32  # side of a tile to which pixels are averaged
GROUND = 4.0  # cells; what varies more slowly is no structure of a tile
AROUND = 1.0  # cells over which what a mask tells spreads
FLAT = 0.5  # grey levels of deviation below which a tile has no structure
NEIGHBOURS = 50  # that come next to the nearest
QUANTILE = 0.01  # of tiles that are no copies
BLOCK, ENTRIES = 256, 1 << 24  # tiles, and distances, that are held at a time


def nearness(known: np.ndarray, embed: Callable[..., np.ndarray], *made: np.ndarray) -> np.ndarray:
    """How much nearer the nearest training tile is than those that come next, however it is turned or mirrored.

    Args:
        known: float (training tile, feature), :func:`embed` of these.
        embed: Arrays of tiles, as ``made`` has them, to float (tile, feature): :func:`structure`, or a network.
        made: Arrays of the tiles that are judged, (tile, y, x, ...) and square: ``image``, and whatever else is asked.

    Returns:
        float64 (tile,), the distance to the nearest, divided by the median of those to the NEIGHBOURS that follow:
        0 of a copy, 1 where all lie alike; NaN of a tile without features, and of fewer than two training tiles.
    """
    count, known = len(made[0]), known[~np.isnan(known).any(1)]
    found = np.full(count, np.nan)
    if len(known) < 2:
        return found
    rows = max(1, min(BLOCK, ENTRIES // len(known)))
    for start in range(0, count, rows):
        part = slice(start, start + rows)
        nearest = np.full((len(range(count)[part]), len(known)), np.inf, np.float32)
        for turned in _turned([array[part] for array in made]):
            np.minimum(nearest, _distances(embed(*turned), known), out=nearest)
        found[part] = _ratio(nearest)
    return found


def limit(reference: np.ndarray) -> float:
    """What the nearness of a copy is below: the QUANTILE of tiles that are none, or the least where they are few.

    Args:
        reference: float (tile,), their nearness to the same training tiles; NaN = not known.

    Returns:
        0..1; NaN without such tiles.
    """
    known = reference[~np.isnan(reference)]
    return float(np.quantile(known, QUANTILE, method="lower")) if len(known) else float("nan")


def copied(nearness: np.ndarray, limit: float) -> np.ndarray:
    """float64 (tile,): 1 of a copy, 0 of others, of whom about QUANTILE are taken for one; NaN where nothing is known.

    Args:
        nearness: float (tile,), of what was made.
        limit: See :func:`limit`.
    """
    return np.where(np.isnan(nearness) | np.isnan(limit), np.nan, nearness < limit)


def structure(images: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
    """The pixels of a tile, grey, averaged to cells, without its brightness, its contrast and its slow changes.

    A tile that is painted for a mask has its nuclei where the tile of the mask has them, and is no copy for that.
    Where masks are given, what they tell is taken out by least squares: how much of each class is in a cell, and
    around it.

    Args:
        images: uint8 (tile, y, x, 3).
        masks: (tile, y, x), ids of classes; 0 is background.

    Returns:
        float32 (tile, cell), of length 1; NaN of a tile without structure, such as one of no tissue.
    """
    cells = _cells(images.mean(-1, dtype=np.float32))
    if masks is not None:
        for own, mask in zip(cells, masks, strict=True):
            own -= _told(own, mask)
    cells -= gaussian_filter(cells, (0, GROUND, GROUND))
    flat = cells.reshape(len(cells), cells.shape[1] * cells.shape[2])
    flat -= flat.mean(1, keepdims=True)
    deviation = flat.std(1, keepdims=True)
    scale = deviation * np.sqrt(flat.shape[1], dtype=np.float32)
    scaled: np.ndarray = np.divide(flat, scale, out=np.full_like(flat, np.nan), where=deviation > FLAT)
    return scaled


def _cells(grey: np.ndarray) -> np.ndarray:
    """float32 (tile, y, x) averaged to CELLS a side; tiles that are smaller stay as they are."""
    tiles, side = grey.shape[:2]
    count = min(CELLS, side)
    width = side // count
    inside = grey[:, : count * width, : count * width]
    return np.asarray(inside.reshape(tiles, count, width, count, width).mean((2, 4), dtype=np.float32))


def _told(cells: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What the classes of (y, x) ids say of a tile's cells: the same shape as these."""
    classes = np.stack([mask == own for own in np.unique(mask)]).astype(np.float32)
    amounts = _cells(classes)
    around = gaussian_filter(amounts, (0, AROUND, AROUND))
    terms = np.concatenate([amounts, around, np.ones_like(amounts[:1])]).reshape(-1, cells.size).T
    weights, *_ = np.linalg.lstsq(terms.T @ terms, terms.T @ cells.ravel(), rcond=None)  # a tenth of the time
    return np.asarray((terms @ weights).reshape(cells.shape))


def _turned(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """The eight flips and turns of square tiles."""
    for mirrored in (False, True):
        for quarters in range(4):
            turned = (np.rot90(a[:, :, ::-1] if mirrored else a, quarters, axes=(1, 2)) for a in arrays)
            yield [np.ascontiguousarray(a) for a in turned]


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean: float32 (len(one), len(other))."""
    one, other = one.astype(np.float32), other.astype(np.float32)
    squares = np.square(one).sum(1)[:, None] + np.square(other).sum(1) - 2 * one @ other.T
    return np.asarray(np.sqrt(squares.clip(min=0)))


def _ratio(distances: np.ndarray) -> np.ndarray:
    """The least of each row over the median of the NEIGHBOURS that follow; 1 where that is 0, NaN of a NaN."""
    ordered = np.sort(distances, axis=1)[:, : NEIGHBOURS + 1].astype(np.float64)
    others = np.median(ordered[:, 1:], axis=1)
    return np.divide(ordered[:, 0], others, out=np.ones(len(ordered)), where=others != 0)
