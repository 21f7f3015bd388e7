"""How many objects were found, and how well: Kirillov et al., Panoptic Segmentation, CVPR 2019."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.objects import Objects, Pairs
from pipeline.core.measures.pool import mean_of_known

MATCH = 0.5  # intersection over union, above which an object has no more than one partner


@dataclass(frozen=True)
class Detection:
    """Objects found, found in vain and missed, and the sum of the matches' intersection over union, by patient.

    Args:
        names: str (class,).
        counts: float64 (patient, class + 1, 4); of all objects, whatever their class, then of each class.
    """

    names: np.ndarray
    counts: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``f1``, ``sq`` and ``bpq`` of all objects; ``f1/CLASS``, ``sq/CLASS`` and ``pq/CLASS``; their mean ``mpq``.

        Counts are those of all tiles together, as in CoNIC (Graham et al. 2024); for PanNuke's means over tiles see
        :func:`of_tiles`.
        The mean is over classes that the truth or the prediction has. See :class:`pipeline.core.measures.pool.Pool`.
        """
        pooled = np.tensordot(weights, self.counts, 1)  # (resample, class, count)
        by_class = {"f1": f1(pooled), "sq": sq(pooled), "pq": pq(pooled)}
        found = {"f1": by_class["f1"][:, 0], "sq": by_class["sq"][:, 0], "bpq": by_class["pq"][:, 0]}
        found["mpq"] = mean_of_known(by_class["pq"][:, 1:])
        for name, values in by_class.items():
            found |= {f"{name}/{kind}": values[:, column] for column, kind in enumerate(self.names, 1)}
        return found


def detections(truth: Objects, found: Objects, pairs: Pairs, classes: int) -> np.ndarray:
    """Objects found, found in vain and missed, and the sum of the matches' intersection over union.

    A match shares more than half of what either has, so that none has two. Of a class, both must be of it.

    Args:
        truth: True objects of an area.
        found: Found ones.
        pairs: Of them.
        classes: How many there are.

    Returns:
        float64 (classes + 1, 4); of all objects, then of each class.
    """
    matched = pairs.iou > MATCH
    one, other, shared = pairs.truth[matched], pairs.found[matched], pairs.iou[matched]
    counts = [_counts(len(truth.sizes), len(found.sizes), shared)]
    for kind in range(1, classes + 1):
        same = (truth.classes[one] == kind) & (found.classes[other] == kind)
        counts.append(_counts((truth.classes == kind).sum(), (found.classes == kind).sum(), shared[same]))
    return np.array(counts)


def _counts(truth: int, found: int, shared: np.ndarray) -> list[float]:
    return [len(shared), found - len(shared), truth - len(shared), shared.sum()]


def f1(counts: np.ndarray) -> np.ndarray:
    """``tp / (tp + fp / 2 + fn / 2)``: (..., 4) to (...,); NaN without objects."""
    return _ratio(counts[..., 0], _objects(counts))


def sq(counts: np.ndarray) -> np.ndarray:
    """Mean intersection over union of the matches, likewise; NaN without matches."""
    return _ratio(counts[..., 3], counts[..., 0])


def pq(counts: np.ndarray) -> np.ndarray:
    """``sq f1``, and 0 where objects have no match: (..., 4) to (...,); NaN without objects."""
    return _ratio(counts[..., 3], _objects(counts))


def of_tiles(counts: np.ndarray) -> np.ndarray:
    """PQ of each tile as PanNuke has it (Gamper et al. 2020): of all objects, and the mean over the classes of a tile.

    What truth has no object of is left out, also where something is found: of a tile, the class; without any object,
    the tile. So a tile with one object counts for as much as one with many.

    Args:
        counts: See :func:`detections`, float64 (tile, class + 1, 4).

    Returns:
        float64 (tile, 2), NaN where truth has no object.
    """
    there = counts[..., 0] + counts[..., 2] > 0
    found = np.where(there, pq(counts), np.nan)
    return np.stack([found[:, 0], mean_of_known(found[:, 1:])], 1)


def _objects(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts[..., 0] + (counts[..., 1] + counts[..., 2]) / 2)


def _ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(one / other)
