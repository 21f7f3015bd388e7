"""Aggregated Jaccard index: Kumar et al., A Dataset and a Technique for Generalized Nuclear Segmentation, TMI 2017."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.objects import Objects, Pairs


@dataclass(frozen=True)
class Jaccard:
    """Pixels that true objects share with their partners, and that either has, by patient.

    Args:
        both: float64 (patient,).
        either: float64 (patient,).
    """

    both: np.ndarray
    either: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``aji``; NaN without objects. See :class:`pipeline.core.measures.pool.Pool`."""
        with np.errstate(invalid="ignore"):
            return {"aji": (weights @ self.both) / (weights @ self.either)}


def aggregated(truth: Objects, found: Objects, pairs: Pairs) -> tuple[int, int]:
    """Pixels that true objects share with their partners, and that either has, those of objects without one too.

    The partner of a true object is the found one of the largest intersection over union, which may be that of
    another too and then counts twice; the first of several. (AJI+ of HoVer-Net, Graham et al. 2019, gives each found
    object to one true object at most, by the assignment of the largest sum.)

    Args:
        truth: True objects of an area.
        found: Found ones.
        pairs: Of them.
    """
    order = np.lexsort((-pairs.iou, pairs.truth))  # stable: of equals the first
    _, firsts = np.unique(pairs.truth[order], return_index=True)
    best = order[firsts]
    alone = truth.sizes.sum() - truth.sizes[pairs.truth[best]].sum()
    unused = found.sizes.sum() - found.sizes[np.unique(pairs.found[best])].sum()
    return int(pairs.both[best].sum()), int(pairs.either[best].sum() + alone + unused)
