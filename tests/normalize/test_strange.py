"""Pictures without stains to tell apart: every method falls back, says so, and makes a picture all the same."""

import numpy as np
import pytest

from pipeline.normalize.macenko import Macenko
from pipeline.normalize.reinhard import Reinhard
from pipeline.normalize.vahadane import Vahadane
from tests.normalize.conftest import stained

METHODS = {
    "macenko": Macenko(255, 0, 0.15, 1.0, "mean"),
    "vahadane": Vahadane(255, 0, 0.8, 0.1, 0.01, rescale=True, brightness=None),
    "bright": Vahadane(255, 0, 0.8, 0.1, 0.01, rescale=False, brightness=90.0),
    "reinhard": Reinhard(tissue=True, beta=0.15),
}
STRANGE = {
    "white": np.full((5000, 3), 255, np.uint8),
    "black": np.zeros((5000, 3), np.uint8),
    "grey": np.repeat(np.random.default_rng(0).integers(0, 256, (5000, 1), np.uint8), 3, axis=1),
    "constant": np.tile(np.array([[150, 90, 160]], np.uint8), (5000, 1)),
    "one pixel": np.array([[150, 90, 160]], np.uint8),
    "none": np.zeros((0, 3), np.uint8),
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("pixels", STRANGE.values(), ids=STRANGE)
def test_there_is_a_fit_of_finite_numbers_and_a_picture(method, pixels):
    own, sound = method.fit(pixels), method.fit(stained())
    assert not sound["fallback"]
    for fit, target in ((own, sound), (sound, own), (own, own)):
        made = method.change(fit, target)(stained(count=400))
        assert made.dtype == np.uint8
        assert len(np.unique(made)) > 1
    assert np.isfinite([np.sum(value) for value in own.values()]).all()


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("pixels", STRANGE.values(), ids=STRANGE)
def test_what_tells_no_stains_apart_falls_back(method, pixels):
    assert method.fit(pixels)["fallback"]
