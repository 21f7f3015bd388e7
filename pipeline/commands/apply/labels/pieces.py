"""Pieces of objects, and which of them are one."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class Objects:
    """What the pieces come to.

    Args:
        numbers: Of each piece the id of its object, uint32 (piece,), from 1 without gaps; 0 of piece 0.
        classes: Of each object its class id, uint8 (object,); 0 of object 0.
        last: Of each object its last row in the picture, int64 (object,).
    """

    numbers: np.ndarray
    classes: np.ndarray
    last: np.ndarray


class Pieces:
    """Nine bytes are held of each piece until all are there; piece 0 is the background.

    Args:
        classes: How many there are.
    """

    def __init__(self, classes: int) -> None:
        self._classes, self._count = classes, 1
        self._kinds, self._pixels, self._last = ([np.zeros(1, dtype)] for dtype in (np.uint8, np.uint32, np.int32))
        self._pairs = [np.empty((0, 2), np.uint32)]

    def add(self, count: int, mask: np.ndarray, instance: np.ndarray, top: int) -> np.uint32:
        """Takes pieces up, and says what is added to their ids to make them those of all pieces.

        Args:
            count: The largest id, in the margins too.
            mask: Class ids of a block without its margins, uint8 (y, x).
            instance: Ids of objects there, uint32 (y, x).
            top: Its first row in the picture.
        """
        cells = instance.astype(np.int64) * (self._classes + 1) + mask
        shape = (count + 1, self._classes + 1)
        table = np.bincount(cells.ravel(), minlength=shape[0] * shape[1]).reshape(shape)[1:]
        last = np.zeros(count + 1, np.int32)
        rows, _ = np.nonzero(instance)
        np.maximum.at(last, instance[instance > 0], (top + rows).astype(np.int32))
        self._kinds.append((table[:, 1:].argmax(1) + 1).astype(np.uint8))
        self._pixels.append(table.sum(1).astype(np.uint32))
        self._last.append(last[1:])
        before = np.uint32(self._count - 1)
        self._count += count
        return before

    def join(self, one: np.ndarray, other: np.ndarray) -> None:
        """Notes what is one object, by what two blocks say of the same line; see :func:`same`."""
        self._pairs.append(same(one, other))

    def objects(self) -> Objects:
        """The objects in the order of their first pieces, each of the class that most of its pixels have.

        Pieces that blocks see in their margins alone are none.
        """
        kinds, pixels, last = map(np.concatenate, (self._kinds, self._pixels, self._last))
        one, other = np.concatenate(self._pairs).T
        graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(self._count, self._count))
        _, parts = connected_components(graph, directed=False)
        own = np.flatnonzero(pixels)
        _, first, place = np.unique(parts[own], return_index=True, return_inverse=True)
        order = np.zeros(len(first), np.uint32)
        order[np.argsort(first)] = np.arange(1, len(first) + 1)
        numbers = np.zeros(self._count, np.uint32)
        numbers[own] = order[place]
        lowest = np.zeros(len(first) + 1, np.int64)
        np.maximum.at(lowest, numbers[own], last[own])
        return Objects(numbers, self._majority(numbers, kinds, pixels, len(first) + 1), lowest)

    def _majority(self, numbers: np.ndarray, kinds: np.ndarray, pixels: np.ndarray, count: int) -> np.ndarray:
        """Of each object the class of most pixels, the smallest id of several: uint8 (object,)."""
        best, found = np.zeros(count), np.zeros(count, np.uint8)
        for kind in range(1, self._classes + 1):
            votes = np.bincount(numbers, np.where(kinds == kind, pixels, 0), count)
            found[votes > best] = kind
            np.maximum(best, votes, out=best)
        return found


def same(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Ids that are of one object: uint32 (pair, 2), by what two say of the same pixels of a line.

    Runs are compared: two are of one object where they share half of the shorter one at least. So an object that one of
    them sees in parts is one, and two neighbours stay two, though the border between them be a pixel elsewhere.

    Args:
        one: Ids, uint32 (pixel,), 0 for background.
        other: Likewise, of its own.
    """
    (own, length), (others, width) = map(_runs, (one, other))
    starts = np.flatnonzero(np.r_[True, (own[1:] != own[:-1]) | (others[1:] != others[:-1])])
    shared = np.diff(np.r_[starts, len(one)])
    shorter = np.minimum(length[own[starts]], width[others[starts]])
    found = np.stack([one[starts], other[starts]], 1)
    return np.unique(found[(found > 0).all(1) & (2 * shared >= shorter)], axis=0)


def _runs(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each pixel the number of its run, and of each run its pixels."""
    number = np.cumsum(np.r_[False, ids[1:] != ids[:-1]])
    return number, np.bincount(number)
