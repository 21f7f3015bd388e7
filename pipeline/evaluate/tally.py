"""Counts of what a segmenter found, patient by patient, as tiles come by."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.measures.detection import Detection, detections, of_tiles
from pipeline.core.measures.jaccard import Jaccard, aggregated
from pipeline.core.measures.means import Means
from pipeline.core.measures.objects import numbered, pairs_of
from pipeline.core.measures.overlap import Overlap, dice, iou, pixels_of
from pipeline.core.measures.pool import Pool, mean_of_known

Labels = tuple[np.ndarray, np.ndarray]  # mask, class ids, and instance, ids of objects: (tile, y, x) both
SHARES = tuple(f"tile_{name}{ending}" for name in ("dice", "iou") for ending in ("", "_with_background"))
TILES = (*SHARES, "tile_bpq", "tile_mpq")


class Tally:
    """Of one segmenter in one domain: no more is kept than sums by patient.

    Args:
        classes: Names of the ids 1, 2 and so on.
        patients: Whose tiles come.
    """

    def __init__(self, classes: tuple[str, ...], patients: list[str]) -> None:
        self._classes, self._places = classes, {name: place for place, name in enumerate(patients)}
        every, count = len(classes) + 1, len(patients)
        self._pixels = np.zeros((count, every, every))
        self._objects = np.zeros((count, every, 4))
        self._shared = np.zeros((count, 2))
        self._sums, self._known = np.zeros((len(TILES), count)), np.zeros((len(TILES), count))

    def add(self, patient: str, truth: Labels, found: Labels) -> np.ndarray:
        """Counts some tiles of a patient.

        Returns:
            The Dice of each tile, the mean over classes that either has: float64 (tile,), NaN where there is none.
        """
        place, classes = self._places[patient], len(self._classes)
        pixels = pixels_of(truth[0], found[0], classes)
        self._pixels[place] += pixels.sum(0)
        counts = np.zeros((len(pixels), classes + 1, 4))
        for own, true_mask, true_ids, found_mask, found_ids in zip(counts, *truth, *found, strict=True):
            (one, true), (other, made) = numbered(true_ids, true_mask), numbered(found_ids, found_mask)
            pairs = pairs_of(one, other)
            own[:] = detections(true, made, pairs, classes)
            self._shared[place] += aggregated(true, made, pairs)
        self._objects[place] += counts.sum(0)
        shares = [share(pixels) for share in (dice, iou)]
        means = np.stack([mean_of_known(part) for share in shares for part in (share[:, 1:], share)])
        means = np.concatenate([means, of_tiles(counts).T])
        known = ~np.isnan(means)
        self._sums[:, place] += np.where(known, means, 0.0).sum(1)
        self._known[:, place] += known.sum(1)
        return np.asarray(means[0])

    def pools(self) -> Iterator[Pool]:
        """All that was counted."""
        names = np.array(self._classes)
        yield Overlap(names, self._pixels)
        yield Detection(names, self._objects)
        yield Jaccard(*self._shared.T)
        yield Means(np.array(TILES), self._sums, self._known)
