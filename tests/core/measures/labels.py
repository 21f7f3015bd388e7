"""Random label images: true rectangles, and found ones that are near them, missed, or in vain."""

import numpy as np

CLASSES = 3


def rectangles(rng: np.random.Generator, count: int, side: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Ids, with gaps, and class ids; a later rectangle covers an earlier one."""
    instance, mask = np.zeros((side, side), np.uint32), np.zeros((side, side), np.uint8)
    for name in range(count):
        y, x = rng.integers(0, side - 4, 2)
        where = np.s_[y : y + rng.integers(3, 9), x : x + rng.integers(3, 9)]
        instance[where], mask[where] = 3 * name + 2, rng.integers(1, CLASSES + 1)
    return instance, mask


def near(rng: np.random.Generator, instance: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same, each rectangle moved by a pixel or two at most, some left out, some of another class, some in vain."""
    extra, extra_mask = rectangles(rng, 3, len(instance))
    found, found_mask = np.where(extra > 0, extra + 1000, 0).astype(np.uint32), extra_mask
    for name in np.unique(instance[instance > 0]):
        if rng.random() < 0.8:
            here = np.roll(instance == name, rng.integers(-1, 2, 2), (0, 1))
            found[here] = 5000 - name
            found_mask[here] = mask[instance == name][0] if rng.random() < 0.8 else rng.integers(1, CLASSES + 1)
    return found, found_mask
