import numpy as np
import pytest
from skimage.color import rgb2lab

from pipeline.normalize.reinhard import Reinhard
from tests.normalize.conftest import stained

OTHER = np.array([[0.5626, 0.2159], [0.7201, 0.8012], [0.4062, 0.5581]])


def moments(pixels):
    lab = rgb2lab(pixels / 255)
    return np.concatenate([lab.mean(0), lab.std(0)])


def test_the_moments_become_those_of_the_target():
    """As far as all colours can be shown: those of these pictures can."""
    reinhard = Reinhard(tissue=False, beta=0.15)
    rng = np.random.default_rng(0)
    source = rng.normal((150, 110, 140), 12, (20_000, 3)).clip(0, 255).astype(np.uint8)
    target = rng.normal((170, 130, 150), 8, (20_000, 3)).clip(0, 255).astype(np.uint8)
    made = reinhard.change(reinhard.fit(source), reinhard.fit(target))(source)
    assert moments(made) == pytest.approx(moments(target), abs=0.1)


def test_glass_is_no_part_of_the_moments_of_tissue():
    tissue = stained(matrix=OTHER)
    tissue = tissue[tissue.mean(1) < 200]
    glass = np.full((len(tissue), 3), 252, np.uint8)
    own, both = (Reinhard(tissue=True, beta=0.15).fit(p) for p in (tissue, np.concatenate([tissue, glass])))
    assert own == both
    assert own["mean"][0] < Reinhard(tissue=False, beta=0.15).fit(np.concatenate([tissue, glass]))["mean"][0] - 10


def test_the_order_of_pixels_does_not_matter():
    reinhard, pixels = Reinhard(tissue=True, beta=0.15), stained()
    order = np.random.default_rng(1).permutation(len(pixels))
    one, other = reinhard.fit(pixels), reinhard.fit(pixels[order])
    assert [*one["mean"], *one["std"]] == pytest.approx([*other["mean"], *other["std"]], rel=1e-9)
    change = reinhard.change(one, reinhard.fit(stained(matrix=OTHER)))
    assert (change(pixels[order]) == change(pixels)[order]).all()


def test_normalising_to_itself_changes_nothing():
    reinhard, pixels = Reinhard(tissue=True, beta=0.15), stained()
    assert (reinhard.change(reinhard.fit(pixels), reinhard.fit(pixels))(pixels) == pixels).all()


def test_a_slide_is_nearest_to_itself():
    reinhard = Reinhard(tissue=True, beta=0.15)
    one, other = reinhard.fit(stained()), reinhard.fit(stained(matrix=OTHER))
    assert reinhard.distance(one, one) == 0
    assert reinhard.distance(one, other) == pytest.approx(reinhard.distance(other, one))
    assert reinhard.distance(one, other) > 5
