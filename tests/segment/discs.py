"""Tiles of nuclei that a segmenter learns in seconds: large brown discs and small blue ones on pink."""

import numpy as np

CLASSES = 2
COLOURS = np.array([[230, 170, 200], [120, 70, 40], [60, 50, 140]])
RADII = (0, 6.0, 3.5)


def discs(tiles: int, size: int = 32, seed: int = 0) -> dict[str, np.ndarray]:
    """What a learner's batches hold, five discs in each tile; a later one covers an earlier one."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    mask, instance = np.zeros((tiles, size, size), np.uint8), np.zeros((tiles, size, size), np.uint32)
    for one, ids in zip(mask, instance, strict=True):
        for name in range(1, 6):
            kind = rng.integers(1, CLASSES + 1)
            centre = rng.uniform(0, size, 2)
            here = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= RADII[kind] ** 2
            one[here], ids[here] = kind, name
    image = COLOURS[mask] + rng.normal(0, 12, (tiles, size, size, 3))
    return {"image": image.clip(0, 255).astype(np.uint8), "mask": mask, "instance": instance}
