"""Slides that hardly show a second stain: what is left of it is noise, and no normaliser may bring that to light."""

import numpy as np
import pytest

from pipeline.normalize.macenko import Macenko
from pipeline.normalize.normalizer import usable
from pipeline.normalize.vahadane import Vahadane
from tests.normalize.conftest import UNIT, stained

METHODS = {
    "macenko": Macenko(255, 0, 0.15, 1.0, "mean"),
    "vahadane": Vahadane(255, 0, 0.8, 0.1, 0.01, rescale=True, brightness=None),
}


def nearly_one(share: float, noise: float, count: int = 20_000) -> np.ndarray:
    """uint8 (pixel, 3): haematoxylin, but for a ``share`` of pixels of eosin."""
    rng = np.random.default_rng(0)
    amounts = np.zeros((count, 2))
    amounts[np.arange(count), (rng.random(count) < share).astype(int)] = rng.gamma(6.0, 0.15, count)
    grey = 255 * np.exp(-amounts @ UNIT.T) + rng.normal(0, noise, (count, 3))
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize(("share", "noise"), [(0.0, 2.0), (0.002, 0.0), (0.002, 2.0)])
def test_one_stain_and_its_noise_are_not_two(method, share, noise):
    pixels, target = nearly_one(share, noise), method.fit(stained(seed=1))
    fit = method.fit(pixels)
    assert fit["fallback"]
    made = method.change(usable(fit, target), target)(pixels)
    assert made.std(0) == pytest.approx(pixels.std(0), rel=0.1)  # as it was; a stain 784 times as strong is not


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_stain_of_few_pixels_is_one(method):
    fit = method.fit(nearly_one(0.05, 2.0))
    assert not fit["fallback"]
    assert min(fit["p99"]) > 0.5
