"""The objects of a mask of any size, looked for window by window. Pure functions."""

from collections import defaultdict

import numpy as np
from scipy.ndimage import find_objects, label

from pipeline.core.diffusion.nuclei import nuclei_of

WINDOW = 1024  # pixels along a side

Box = tuple[slice, slice]


def objects_of(mask: np.ndarray, window: int = WINDOW) -> np.ndarray:
    """Ids of objects from 1, those of the first class first: uint32 (y, x), 0 for background.

    An object is what :func:`pipeline.core.diffusion.nuclei.nuclei_of` takes for one. Connected parts are gathered by
    the window that they begin in, those longer than a window all together: none is cut, and time and memory grow with
    the image, not with its square.

    Args:
        mask: Class ids, uint8 (y, x).
        window: Pixels along its side.
    """
    ids, last = np.zeros(mask.shape, np.uint32), 0
    for name in np.unique(mask[mask > 0]):
        parts, count = label(mask == name)
        chosen = np.zeros(count + 1, bool)
        for members, box in _groups(find_objects(parts), window):
            chosen[members] = True
            here = chosen[parts[box]]
            chosen[members] = False
            found = nuclei_of(here.astype(np.uint8))
            ids[box][here] = last + found[here]
            last += int(found.max())
    return ids


def _groups(boxes: list[Box], window: int) -> list[tuple[list[int], Box]]:
    """Parts that are looked at together, by number from 1, and the box that holds them."""
    groups = defaultdict[tuple[int, int], list[int]](list)
    for number, (down, over) in enumerate(boxes, 1):
        large = max(down.stop - down.start, over.stop - over.start) > window
        groups[(-1, -1) if large else (down.start // window, over.start // window)].append(number)
    return [(members, _around([boxes[member - 1] for member in members])) for members in groups.values()]


def _around(boxes: list[Box]) -> Box:
    down, over = (slice(min(b[axis].start for b in boxes), max(b[axis].stop for b in boxes)) for axis in (0, 1))
    return down, over
