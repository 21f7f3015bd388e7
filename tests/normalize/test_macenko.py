import numpy as np
import pytest

from pipeline.core.errors import StudyError
from pipeline.core.measures.angles import angles
from pipeline.core.stain.density import TYPICAL_MATRIX, TYPICAL_P99, intensity
from pipeline.normalize.macenko import Macenko
from tests.normalize.conftest import UNIT, stained

OTHER = np.array([[0.5626, 0.2159], [0.7201, 0.8012], [0.4062, 0.5581]])


def errors(macenko, pixels):
    return angles(np.array(macenko.fit(pixels)["matrix"]), UNIT)


def test_vectors_are_within_1_degree_on_clean_pixels(macenko):
    assert errors(macenko, stained()).max() <= 1.0


def test_vectors_are_within_3_degrees_at_noise_of_2_grey_levels(macenko):
    assert errors(macenko, stained(noise=2.0)).max() <= 3.0


def test_torchstains_mask_biases_eosin_and_spares_haematoxylin():
    haematoxylin, eosin = errors(Macenko(255, 0, 0.15, 1.0, "any"), stained())
    assert haematoxylin <= 1.0
    assert 6.0 < eosin < 10.0  # eosin absorbs too little red to pass


def test_haematoxylin_comes_first_whatever_the_order_of_pixels(macenko):
    pixels = stained()
    mixed = np.random.default_rng(1).permutation(pixels)
    one, other = macenko.fit(pixels), macenko.fit(mixed)
    assert one["matrix"][0][0] > one["matrix"][0][1]
    assert np.allclose(one["matrix"], other["matrix"], atol=1e-9)
    assert np.allclose(one["p99"], other["p99"], atol=1e-9)


def test_normalising_to_itself_changes_at_most_2_grey_levels(macenko):
    pixels = stained()
    fit = macenko.fit(pixels)
    change = np.abs(macenko.change(fit, fit)(pixels[None])[0].astype(int) - pixels)
    assert change.max() <= 2


def test_a_slide_of_another_stain_takes_the_targets(macenko):
    source, target = stained(matrix=OTHER), macenko.fit(stained(seed=1))
    before = macenko.fit(source)
    after = macenko.fit(macenko.change(before, target)(source[None])[0])
    assert angles(np.array(before["matrix"]), np.array(target["matrix"])).max() > 15
    assert angles(np.array(after["matrix"]), np.array(target["matrix"])).max() < 1.5
    assert np.allclose(after["p99"], target["p99"], rtol=0.05)


def test_pixels_are_transformed_each_by_itself(macenko):
    pixels = stained(count=4000)
    fit, target = macenko.fit(pixels), macenko.fit(stained(seed=1))
    order = np.random.default_rng(2).permutation(len(pixels))
    whole = macenko.change(fit, target)(pixels.reshape(4, 50, 20, 3)).reshape(-1, 3)
    assert (macenko.change(fit, target)(pixels[order][None])[0] == whole[order]).all()


def test_one_hue_falls_back_to_torchstains_target_and_says_so(macenko):
    amounts = np.random.default_rng(0).gamma(2.0, 0.5, (5000, 1))
    fit = macenko.fit(intensity(amounts, UNIT[:, :1], io=255))
    assert fit == {"matrix": TYPICAL_MATRIX.tolist(), "p99": TYPICAL_P99.tolist(), "fallback": True}


def test_background_falls_back_to_torchstains_target(macenko):
    fit = macenko.fit(np.full((5000, 3), 250, np.uint8))
    assert fit["fallback"]
    assert fit["matrix"] == TYPICAL_MATRIX.tolist()


def test_background_stays_background(macenko):
    white = np.full((1, 4, 4, 3), 255, np.uint8)
    assert (macenko.change(macenko.fit(stained()), macenko.fit(stained(matrix=OTHER)))(white) == 255).all()


def test_distance_is_that_of_the_colours_seen_and_counts_strength_as_well_as_hue(macenko):
    fit = {"matrix": UNIT.tolist(), "p99": [1.5, 1.0], "fallback": False}
    assert macenko.distance(fit, fit) == 0
    strengths = [macenko.distance(fit, {**fit, "p99": [1.5 * s, s]}) for s in (1.02, 1.2, 2.0)]
    assert strengths == sorted(strengths)
    assert strengths[0] < 1 < 10 < strengths[-1]  # just not noticed, and not to be overlooked
    turned = {**fit, "matrix": OTHER.tolist()}
    assert macenko.distance(fit, turned) == macenko.distance(turned, fit) > 10


def test_distance_of_one_stain_alone_is_its_difference_in_lightness(macenko):
    """Grey stains have no hue: half and all of them, alone and together, against twice as much."""
    grey = {"matrix": np.full((3, 2), 3**-0.5).tolist(), "p99": [3**0.5 * np.log(2), 0.0]}  # half the light, and all
    twice = {**grey, "p99": [2 * grey["p99"][0], 0.0]}
    transmitted = np.array([[2**-0.5, 0.5], [0.5, 0.25]])  # of half and all of it; of twice as much
    one, other = 116 * np.cbrt(linear(transmitted)) - 16
    expected = 2 * (one[0] - other[0]) + 2 * (one[1] - other[1])  # four of six amounts hold haematoxylin
    assert macenko.distance(grey, twice) == pytest.approx(expected / 6, rel=1e-3)


def linear(grey):
    """Relative luminance of grey of sRGB, 0 to 1."""
    return ((grey + 0.055) / 1.055) ** 2.4


def test_an_unknown_mask_is_told(macenko):
    with pytest.raises(StudyError, match="unknown mask 'luminosity'"):
        Macenko(255, 0, 0.15, 1.0, "luminosity")
