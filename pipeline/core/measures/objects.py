"""Which true objects lie where found ones do."""

from typing import NamedTuple

import numpy as np


class Objects(NamedTuple):
    """The objects of an area, numbered from 0 in the order of their ids.

    Args:
        sizes: Pixels of each, int64 (object,).
        classes: The class id that most of the pixels of each have, the smallest of several, int64 (object,); 0 where
            none of them has a class: it counts among all objects, and among those of no class.
    """

    sizes: np.ndarray
    classes: np.ndarray


class Pairs(NamedTuple):
    """True and found objects that share a pixel, in the order of both.

    Args:
        truth: Numbers of true objects, int64 (pair,).
        found: Numbers of found objects, int64 (pair,).
        both: Pixels that they share, int64 (pair,).
        either: Pixels that one of them has or both, int64 (pair,).
    """

    truth: np.ndarray
    found: np.ndarray
    both: np.ndarray
    either: np.ndarray

    @property
    def iou(self) -> np.ndarray:
        """Intersection over union, float64 (pair,)."""
        return np.asarray(self.both / self.either)


def numbered(instance: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, Objects]:
    """The number of each pixel's object, -1 for background, int64 (y, x); and the objects.

    Args:
        instance: Ids, unsigned (y, x), 0 for background; any, with gaps or without.
        mask: Class ids, uint8 (y, x); of an object's pixels those that are background have no say.
    """
    ids, places = np.unique(instance, return_inverse=True)
    number = places.reshape(instance.shape) - int(len(ids) > 0 and ids[0] == 0)
    inside = number >= 0
    count = int(number.max(initial=-1)) + 1
    every = int(mask.max(initial=0)) + 1
    votes = np.bincount(number[inside] * every + mask[inside], minlength=count * every).reshape(count, every)
    sizes = votes.sum(1)
    votes[:, 0] = 0  # now first of several only where nothing else has a vote
    return number, Objects(sizes, votes.argmax(1))


def pairs_of(truth: np.ndarray, found: np.ndarray) -> Pairs:
    """Objects of numbers (y, x), -1 for background, that share a pixel."""
    inside = (truth >= 0) & (found >= 0)
    every = int(found.max(initial=-1)) + 1
    keys, both = np.unique(truth[inside] * every + found[inside], return_counts=True)
    one, other = np.divmod(keys, max(every, 1))
    sizes = [np.bincount(numbers[numbers >= 0]) for numbers in (truth, found)]
    return Pairs(one, other, both, sizes[0][one] + sizes[1][other] - both)
