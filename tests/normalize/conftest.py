"""Beer-Lambert pictures whose stain vectors are known."""

import numpy as np
import pytest

from pipeline.normalize.macenko import Macenko

RUIFROK = np.array([[0.650, 0.072], [0.704, 0.990], [0.286, 0.105]])
UNIT = RUIFROK / np.linalg.norm(RUIFROK, axis=0)


def stained(seed: int = 0, *, matrix: np.ndarray = UNIT, noise: float = 0.0, count: int = 40_000) -> np.ndarray:
    """uint8 (pixel, 3): gamma amounts of two stains, 15 % pure pixels of each, 20 % background, 8-bit rounding."""
    rng = np.random.default_rng(seed)
    amounts = rng.gamma(6.0, 0.15, (count, 2))
    kind = rng.random(count)
    amounts[kind < 0.15, 1] = 0
    amounts[(kind >= 0.15) & (kind < 0.3), 0] = 0
    amounts[kind > 0.8] = 0
    grey = 255 * np.exp(-amounts @ matrix.T) + rng.normal(0, noise, (count, 3))
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


@pytest.fixture
def macenko() -> Macenko:
    return Macenko(io=255, offset=0, beta=0.15, alpha=1.0, mask="mean")
