"""Where tissue lies on a phantom slide and which class each part of it is."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.seeds import derive
from pipeline.phantom.fields import UM_PER_PX, smooth_field

CLASSES = ("gland", "lymphoid", "stroma", "tumour")
REGION_UM = 300.0
COARSE = 4  # the class map has one pixel per COARSE x COARSE level-0 pixels


@dataclass(frozen=True)
class Layout:
    """One section of one patient's tissue; registered slides share it.

    Args:
        edge: float32 (y, x), level-0 pixels; tissue where it is above 0, in units of the field.
        classes: int8 (y, x), one pixel per COARSE level-0 pixels; index into CLASSES.
        holes: float64 (hole, 3), x, y and radius in level-0 pixels of vacuoles without tissue.
        nuclear_scale: The patient's factor on every nuclear diameter.
    """

    edge: np.ndarray
    classes: np.ndarray
    holes: np.ndarray
    nuclear_scale: float

    @property
    def side(self) -> int:
        """Side of the slide in level-0 pixels."""
        return len(self.edge)


def make_layout(*, seed: int, patient: str, section: str, side: int) -> Layout:
    """Lays out a section.

    Args:
        seed: The study's seed.
        patient: Decides the mix of classes and the nuclear scale.
        section: Slide the tissue block was cut for: registered slides name the same one.
        side: Side of the slide in level-0 pixels of 0.5 µm.
    """
    of_patient = np.random.default_rng(derive(seed, "phantom", "patient", patient))
    mix = of_patient.dirichlet([12.0] * len(CLASSES))
    nuclear_scale = float(of_patient.uniform(0.94, 1.06))
    rng = np.random.default_rng(derive(seed, "phantom", "layout", patient, section))
    axis = np.linspace(-1, 1, side, dtype=np.float32) ** 4
    edge = np.float32(0.84) - np.sqrt(np.sqrt(axis[:, None] + axis[None, :]))
    edge += np.float32(0.1) * smooth_field(rng, side, 0.15 * side * UM_PER_PX)
    classes = _classes(rng, edge[COARSE // 2 :: COARSE, COARSE // 2 :: COARSE] > 0, mix)
    count = rng.poisson(25 * (side / 2048) ** 2)
    holes = np.column_stack([rng.uniform(0, side, (count, 2)), rng.uniform(4, 11, count) / UM_PER_PX])
    return Layout(edge, classes, holes, nuclear_scale)


def _classes(rng: np.random.Generator, tissue: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """Voronoi cells of points far apart, with wavy borders, dealt out so that tissue shares come near ``mix``."""
    side = len(tissue)
    extent = side * UM_PER_PX * COARSE
    points = _points(rng, max(len(CLASSES), round((extent / REGION_UM) ** 2))).astype(np.float32)
    grid = (np.arange(side, dtype=np.float32) + 0.5) / side
    wave = np.float32(0.1 * REGION_UM / extent)
    x = grid[None, :] + wave * smooth_field(rng, side, 40.0)
    y = grid[:, None] + wave * smooth_field(rng, side, 40.0)
    nearest, owner = np.full((side, side), np.inf, np.float32), np.zeros((side, side), np.int64)
    for number, (px, py) in enumerate(points):
        distance = (x - px) ** 2 + (y - py) ** 2
        closer = distance < nearest
        nearest[closer], owner[closer] = distance[closer], number
    areas = np.bincount(owner[tissue], minlength=len(points))
    missing = mix * areas.sum()
    kinds = np.zeros(len(points), np.int8)
    for number in np.argsort(-areas, kind="stable"):
        kinds[number] = missing.argmax()
        missing[kinds[number]] -= areas[number]
    return kinds[owner]


def _points(rng: np.random.Generator, count: int) -> np.ndarray:
    """Best-candidate points in the unit square: float64 (count, 2)."""
    points = rng.uniform(0.25, 0.75, (1, 2))
    while len(points) < count:
        candidates = rng.uniform(0, 1, (20, 2))
        distance = np.square(candidates[:, None] - points[None]).sum(2).min(1)
        points = np.vstack([points, candidates[distance.argmax()]])
    return points
