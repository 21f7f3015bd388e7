"""Nuclei of a layout: the class of tissue is their size, shape and arrangement, and nothing else."""

from dataclasses import dataclass, fields

import numpy as np

from pipeline.core.seeds import derive
from pipeline.phantom.arrangement import SHAPES, rings, scatter, strands
from pipeline.phantom.fields import UM_PER_PX, smooth_field
from pipeline.phantom.layout import CLASSES, COARSE, Layout

COVERED = 0.34  # share of tissue that nuclei cover, the same in every class


@dataclass(frozen=True)
class Nuclei:
    """One row per nucleus, all float64 but ``kind``; positions and semi-axes in level-0 pixels, angles in rad."""

    x: np.ndarray
    y: np.ndarray
    long: np.ndarray
    short: np.ndarray
    angle: np.ndarray
    wobble: np.ndarray  # (nucleus, 2): amplitude of the second and third harmonic of the outline
    phase: np.ndarray  # (nucleus, 2)
    strength: np.ndarray  # factor on the chromatin's optical density
    kind: np.ndarray  # int64, index into CLASSES

    def __len__(self) -> int:
        return len(self.x)

    def rows(self, chosen: np.ndarray) -> "Nuclei":
        return Nuclei(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def make_nuclei(layout: Layout, *, seed: int, patient: str, section: str) -> Nuclei:
    """Fills a layout with nuclei, class by class.

    Args:
        layout: The section.
        seed: The study's seed.
        patient: The patient the section is of.
        section: As for the layout: registered slides share every nucleus.
    """
    rng = np.random.default_rng(derive(seed, "phantom", "nuclei", patient, section))
    thin = smooth_field(rng, layout.side, 120.0)
    parts = [_of_class(rng, layout, thin, name) for name in CLASSES]
    joined = Nuclei(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Nuclei)})
    return joined.rows(rng.permutation(len(joined)))


def _of_class(rng: np.random.Generator, layout: Layout, thin: np.ndarray, name: str) -> Nuclei:
    shape = SHAPES[name]
    per_nucleus = shape.area() * layout.nuclear_scale**2 / (COVERED * shape.crowding)  # px² of tissue for each
    place = {"gland": rings, "stroma": strands}.get(name, scatter)
    x, y, angle = place(rng, layout.side, per_nucleus, shape)
    keep = _inside(layout, x, y, CLASSES.index(name))
    keep[keep] = rng.uniform(size=keep.sum()) > np.clip(
        0.12 + 0.10 * thin[y[keep].astype(int), x[keep].astype(int)], 0, 0.4
    )
    x, y, angle = x[keep], y[keep], angle[keep]
    count = len(x)
    size = layout.nuclear_scale / UM_PER_PX * np.exp(shape.deviation * rng.standard_normal(count))
    stretch = np.exp(shape.deviation * 0.6 * rng.standard_normal(count))
    return Nuclei(
        x=x,
        y=y,
        long=shape.semi[0] * size * stretch,
        short=shape.semi[1] * size / stretch,
        angle=angle,
        wobble=shape.wobble * rng.uniform(0.2, 1.0, (count, 2)),
        phase=rng.uniform(0, 2 * np.pi, (count, 2)),
        strength=np.exp(0.15 * rng.standard_normal(count)),
        kind=np.full(count, CLASSES.index(name)),
    )


def _inside(layout: Layout, x: np.ndarray, y: np.ndarray, kind: int) -> np.ndarray:
    side = layout.side
    keep = (x >= 0) & (y >= 0) & (x < side) & (y < side)
    column, row = np.clip(x, 0, side - 1).astype(int), np.clip(y, 0, side - 1).astype(int)
    limit = len(layout.classes) - 1
    keep &= layout.classes[np.minimum(row // COARSE, limit), np.minimum(column // COARSE, limit)] == kind
    keep &= layout.edge[row, column] > 0.01
    for hx, hy, radius in layout.holes:
        keep &= (x - hx) ** 2 + (y - hy) ** 2 > (radius + 6) ** 2
    return keep
