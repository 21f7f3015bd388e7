"""Nuclei of a layout: the class of tissue is their size, shape and arrangement, and nothing else."""

from dataclasses import dataclass, fields

import numpy as np

from pipeline.core.seeds import derive
from pipeline.phantom.fields import UM_PER_PX, smooth_field
from pipeline.phantom.layout import CLASSES, COARSE, Layout

COVERED = 0.34  # share of tissue that nuclei cover, the same in every class


@dataclass(frozen=True)
class Habit:
    """What nuclei of a class look like: semi-axes in µm, their spread, and how round the outline is.

    Args:
        semi: Mean semi-axes, µm.
        spread: Standard deviation of log size.
        wobble: Amplitude of the outline's second and third harmonics.
        crowding: Factor on the number of nuclei laid out, for those lost to overlap.
    """

    semi: tuple[float, float]
    spread: float
    wobble: float
    crowding: float

    def area(self) -> float:
        """Mean area of a nucleus in level-0 pixels."""
        return float(np.pi * self.semi[0] * self.semi[1] / UM_PER_PX**2 * np.exp(2 * self.spread**2))


HABITS = {
    "gland": Habit((4.2, 3.8), 0.06, 0.03, 1.035),
    "lymphoid": Habit((2.9, 2.7), 0.07, 0.03, 1.03),
    "stroma": Habit((8.0, 1.9), 0.12, 0.03, 1.0),
    "tumour": Habit((6.2, 5.0), 0.20, 0.10, 1.19),
}


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
    habit = HABITS[name]
    per_nucleus = habit.area() * layout.nuclear_scale**2 / (COVERED * habit.crowding)  # px² of tissue for each
    place = {"gland": _rings, "stroma": _strands}.get(name, _scatter)
    x, y, angle = place(rng, layout.side, per_nucleus, habit)
    keep = _inside(layout, x, y, CLASSES.index(name))
    keep[keep] = rng.uniform(size=keep.sum()) > np.clip(
        0.12 + 0.10 * thin[y[keep].astype(int), x[keep].astype(int)], 0, 0.4
    )
    x, y, angle = x[keep], y[keep], angle[keep]
    count = len(x)
    size = layout.nuclear_scale / UM_PER_PX * np.exp(habit.spread * rng.standard_normal(count))
    stretch = np.exp(habit.spread * 0.6 * rng.standard_normal(count))
    return Nuclei(
        x=x,
        y=y,
        long=habit.semi[0] * size * stretch,
        short=habit.semi[1] * size / stretch,
        angle=angle,
        wobble=habit.wobble * rng.uniform(0.2, 1.0, (count, 2)),
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


Placed = tuple[np.ndarray, np.ndarray, np.ndarray]


def _scatter(rng: np.random.Generator, side: int, per_nucleus: float, habit: Habit) -> Placed:
    """A hexagonal lattice, shaken the more the more the sizes spread: packed cells, or disorder."""
    step = np.sqrt(per_nucleus / 0.866)
    x, y = _lattice(side, step)
    shake = step * (0.12 + habit.spread)
    x, y = x + rng.normal(0, shake, len(x)), y + rng.normal(0, shake, len(y))
    return x, y, rng.uniform(0, np.pi, len(x))


def _rings(rng: np.random.Generator, side: int, per_nucleus: float, habit: Habit) -> Placed:
    """Rings of nuclei, standing radially, around lumens that touch one another."""
    step = 44.0 / UM_PER_PX
    cx, cy = _lattice(side, step)
    cx, cy = cx + rng.normal(0, step * 0.05, len(cx)), cy + rng.normal(0, step * 0.05, len(cy))
    per_ring = 0.866 * step**2 / per_nucleus
    counts = np.floor(per_ring + rng.uniform(size=len(cx))).astype(int)
    owner = np.repeat(np.arange(len(cx)), counts)
    rank = np.concatenate([np.arange(n) for n in counts]) + rng.normal(0, 0.08, len(owner))
    turn = 2 * np.pi * (rank / counts[owner] + rng.uniform(size=len(cx))[owner])
    squash = rng.uniform(0.88, 1.12, len(cx))[owner]
    radius = 16.5 / UM_PER_PX * rng.normal(1, 0.04, len(owner))
    return cx[owner] + radius * squash * np.cos(turn), cy[owner] + radius / squash * np.sin(turn), turn


def _strands(rng: np.random.Generator, side: int, per_nucleus: float, habit: Habit) -> Placed:
    """Spindles end to end along wavy strands of one direction, side by side."""
    across = np.sqrt(per_nucleus * habit.semi[1] / habit.semi[0]) * 1.1
    along = per_nucleus / across
    turn = rng.uniform(0, np.pi)
    reach = side * 0.75
    v, u = (grid.ravel() for grid in np.mgrid[-reach:reach:across, -reach:reach:along])
    u = u + rng.uniform(-0.5, 0.5, len(u)) * along * 0.5 + (np.round(v / across) % 2) * along / 2
    v = v + rng.normal(0, across * 0.08, len(v))
    length, height = 130.0 / UM_PER_PX, 9.0 / UM_PER_PX
    shift = rng.uniform(0, 2 * np.pi)
    wave = u / length * 2 * np.pi + v / (2.5 * length) + shift
    v, slope = v + height * np.sin(wave), height * 2 * np.pi / length * np.cos(wave)
    x = side / 2 + u * np.cos(turn) - v * np.sin(turn)
    y = side / 2 + u * np.sin(turn) + v * np.cos(turn)
    return x, y, turn + np.arctan(slope) + rng.normal(0, 0.06, len(x))


def _lattice(side: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Hexagonal lattice over (side, side) and a margin: x and y of its points."""
    row, column = np.mgrid[-2 : side / (step * 0.866) + 2, -2 : side / step + 2]
    return ((column + 0.5 * (row % 2)) * step).ravel(), (row * step * 0.866).ravel()
