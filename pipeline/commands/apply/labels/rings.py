"""Borders of objects, followed along the sides of their pixels while a picture passes by."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

EAST, SOUTH, WEST, NORTH = range(4)  # of a border, to whose right the object lies
AHEAD = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
BEYOND = np.array([(0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])  # the pixel to the left of where it starts


class Ring(NamedTuple):
    """A border of an object.

    Args:
        corners: int64 (corner, 2), x and y, the first one not said again.
        area: Pixels within; less than 0 of a hole.
        beyond: x and y of the middle of a pixel on the other side, which of a hole lies within.
    """

    corners: np.ndarray
    area: int
    beyond: tuple[float, float]


class Borders:
    """Gives the rings of an object when its last row has passed; of the others, borders alone are held.

    Args:
        width: Of the picture, pixels.
        last: Of each object its last row, int64 (object,).
    """

    def __init__(self, width: int, last: np.ndarray) -> None:
        self._above, self._top, self._last = np.zeros((1, width), np.uint32), 0, last
        self._open = np.empty((0, 5), np.int64)

    def add(self, ids: np.ndarray) -> Iterator[tuple[int, list[Ring]]]:
        """Objects that end, in the order of their ids, with their rings.

        Args:
            ids: The next rows, uint32 (y, width), 0 for background; behind the last ones, a row without objects.
        """
        held = np.concatenate([self._open, _segments(np.concatenate([self._above, ids]), self._top)])
        self._above, self._top = ids[-1:].copy(), self._top + len(ids)
        ended = self._last[held[:, 0]] + 1 < self._top
        self._open = held[~ended]
        yield from _rings(held[ended])


def _segments(ids: np.ndarray, top: int) -> np.ndarray:
    """Straight borders of all rows but the first, and its lower ones: int64 (segment, 5), id, x, y, direction, length.

    Args:
        ids: uint32 (y, x).
        top: Of the second row.
    """
    level = ids[1:] != ids[:-1]
    wide = np.pad(ids[1:], ((0, 0), (1, 1))).T
    upright = wide[1:] != wide[:-1]
    found = []
    for direction, labels in (
        (EAST, np.where(level, ids[1:], 0)),
        (WEST, np.where(level, ids[:-1], 0)),
        (NORTH, np.where(upright, wide[1:], 0)),
        (SOUTH, np.where(upright, wide[:-1], 0)),
    ):
        line, start, stop, label = _runs(labels)
        place = start if direction in (EAST, SOUTH) else stop
        x, y = (place, top + line) if direction in (EAST, WEST) else (line, top + place)
        found.append(np.stack([label, x, y, np.full_like(x, direction), stop - start], 1))
    return np.concatenate(found)


def _runs(labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Line, start, stop and label of the runs along the second axis: int64 (run,) each; those of 0 are none."""
    wide = np.pad(labels, ((0, 0), (1, 1)))
    line, place = np.nonzero(wide[:, 1:] != wide[:, :-1])
    label = wide[line, place + 1].astype(np.int64)
    starts = np.flatnonzero(label)
    return line[starts], place[starts], place[starts + 1], label[starts]


def _rings(segments: np.ndarray) -> Iterator[tuple[int, list[Ring]]]:
    """Puts segments of whole objects together; where two pixels touch by a corner alone, rings join them."""
    if not len(segments):
        return
    segments = segments[np.lexsort(segments[:, 3::-1].T)]
    label, x, y, direction, length = segments.T
    after = _following(segments)
    corner = np.empty(len(segments), bool)
    corner[after] = direction != direction[after]
    area = np.select([direction == EAST, direction == WEST], [-y * length, y * length])  # Green's theorem
    follow, corners, seen = after.tolist(), np.stack([x, y], 1), bytearray(len(segments))
    ends = np.r_[np.flatnonzero(label[1:] != label[:-1]) + 1, len(label)]
    start = 0
    for end in ends.tolist():
        rings = []
        for first in range(start, end):
            members, here = [], first
            while not seen[here]:
                seen[here] = 1
                members.append(here)
                here = follow[here]
            if members:
                own = np.array(members)
                over, down = (corners[first] + BEYOND[direction[first]]).tolist()
                rings.append(Ring(corners[own[corner[own]]], int(area[own].sum()), (over, down)))
        yield int(label[start]), rings
        start = end


def _following(segments: np.ndarray) -> np.ndarray:
    """Of each segment, sorted, which comes next: the one to the left if there is one, else ahead, or to the right."""
    label, x, y, direction, length = segments.T
    _, place = np.unique(label, return_inverse=True)
    wide, high = int(x.max()) + 1, int(y.max()) + 1

    def key(x: np.ndarray, y: np.ndarray, direction: np.ndarray) -> np.ndarray:
        return np.asarray(((place * wide + x) * high + y) * 4 + direction)

    keys = key(x, y, direction)
    ahead = AHEAD[direction] * length[:, None]
    found = np.full(len(keys), -1)
    for turn in (-1, 0, 1):
        wanted = key(x + ahead[:, 0], y + ahead[:, 1], (direction + turn) % 4)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = np.where((found < 0) & (keys[at] == wanted), at, found)
    return found
