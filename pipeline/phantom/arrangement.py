"""What nuclei of a class look like, and how they are arranged."""

from dataclasses import dataclass

import numpy as np

from pipeline.phantom.fields import UM_PER_PX

Placed = tuple[np.ndarray, np.ndarray, np.ndarray]  # x, y and angle of each nucleus


@dataclass(frozen=True)
class Shape:
    """What nuclei of a class look like.

    Args:
        semi: Mean semi-axes, µm.
        deviation: Standard deviation of log size.
        wobble: Amplitude of the outline's second and third harmonics.
        crowding: Factor on the number of nuclei laid out, for those lost to overlap.
    """

    semi: tuple[float, float]
    deviation: float
    wobble: float
    crowding: float

    def area(self) -> float:
        """Mean area of a nucleus in level-0 pixels."""
        return float(np.pi * self.semi[0] * self.semi[1] / UM_PER_PX**2 * np.exp(2 * self.deviation**2))


SHAPES = {
    "gland": Shape((4.2, 3.8), 0.06, 0.03, 1.035),
    "lymphoid": Shape((2.9, 2.7), 0.07, 0.03, 1.03),
    "stroma": Shape((8.0, 1.9), 0.12, 0.03, 1.0),
    "tumour": Shape((6.2, 5.0), 0.20, 0.10, 1.19),
}


def scatter(rng: np.random.Generator, side: int, per_nucleus: float, shape: Shape) -> Placed:
    """A hexagonal lattice, disturbed the more the more sizes differ: packed cells, or disorder."""
    step = np.sqrt(per_nucleus / 0.866)
    x, y = _lattice(side, step)
    jitter = step * (0.12 + shape.deviation)
    x, y = x + rng.normal(0, jitter, len(x)), y + rng.normal(0, jitter, len(y))
    return x, y, rng.uniform(0, np.pi, len(x))


def rings(rng: np.random.Generator, side: int, per_nucleus: float, shape: Shape) -> Placed:
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


def strands(rng: np.random.Generator, side: int, per_nucleus: float, shape: Shape) -> Placed:
    """Spindles end to end along wavy strands of one direction, side by side."""
    across = np.sqrt(per_nucleus * shape.semi[1] / shape.semi[0]) * 1.1
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
