"""Vahadane's vectors on pictures whose stains are known."""

import numpy as np
import pytest

from pipeline.core.measures.angles import angles
from pipeline.core.stain.density import optical_density
from pipeline.normalize.vahadane import RUIFROK, Vahadane, learn_stains, objective
from tests.normalize.conftest import UNIT, stained

USUAL = {"io": 255.0, "offset": 0.0, "luminosity": 0.8, "sparsity": 0.1, "penalty": 0.01, "rescale": True}


def vahadane(**options):
    return Vahadane(**{**USUAL, "brightness": None, **options})


def tissue(pure, seed=0, count=40_000):
    """Pixels without background, a share ``pure`` of which have one stain alone."""
    rng = np.random.default_rng(seed)
    amounts, kind = rng.gamma(2.0, 0.75, (count, 2)), rng.random(count)
    amounts[kind < pure / 2, 1] = 0
    amounts[(kind >= pure / 2) & (kind < pure), 0] = 0
    return np.clip(np.rint(255 * np.exp(-amounts @ UNIT.T)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("sparsity", "pure", "most"), [(0.1, 0.6, 2.0), (0.1, 0.3, 7.0), (0.01, 0.6, 0.5), (0.01, 0.3, 1.5)]
)
def test_vectors_are_found_the_better_the_purer_and_the_less_sparse(sparsity, pure, most):
    fit = vahadane(sparsity=sparsity).fit(tissue(pure))
    assert not fit["fallback"]
    assert angles(np.array(fit["matrix"]), UNIT).max() <= most


def test_the_gradient_is_that_of_the_objective():
    density = optical_density(tissue(0.5, count=500), io=255, offset=0)
    matrix = RUIFROK / np.linalg.norm(RUIFROK, axis=0)
    _, slope = objective(density, matrix, sparsity=0.1)
    for place in np.ndindex(3, 2):
        step = np.zeros((3, 2))
        step[place] = 1e-6
        up, down = (objective(density, matrix + sign * step, sparsity=0.1)[0] for sign in (1, -1))
        assert slope[place] == pytest.approx((up - down) / 2e-6, abs=1e-4)


def alternating(density, sparsity, rounds=300):
    """The plain way: amounts for given vectors, then vectors for given amounts, one after the other."""
    matrix = RUIFROK / np.linalg.norm(RUIFROK, axis=0)
    for _ in range(rounds):
        amounts = np.maximum(density @ matrix, 0)
        for _ in range(20):
            for stain in range(2):
                rest = density - amounts[:, [1 - stain]] * matrix[:, 1 - stain]
                amounts[:, stain] = np.maximum(rest @ matrix[:, stain] - sparsity, 0)
        for stain in range(2):
            rest = density - amounts[:, [1 - stain]] * matrix[:, 1 - stain]
            found = np.maximum(rest.T @ amounts[:, stain], 0)
            matrix[:, stain] = found / np.linalg.norm(found)
    return matrix


def test_its_objective_is_no_worse_than_that_of_plain_alternation():
    density = optical_density(tissue(0.4, count=3000), io=255, offset=0)
    own = objective(density, learn_stains(density, sparsity=0.1), sparsity=0.1)[0]
    theirs = objective(density, alternating(density, 0.1), sparsity=0.1)[0]
    assert own <= theirs * (1 + 1e-6)


def test_a_search_that_would_pass_a_vector_of_zeros_divides_by_none():
    """As it does of these densities, which no stain made."""
    rng = np.random.default_rng(137)
    density = np.abs(rng.normal(0, 1, (300, 3))) * rng.random(3) ** 2
    with np.errstate(all="raise"):
        found = learn_stains(density, sparsity=0.1)
    assert np.linalg.norm(found, axis=0) == pytest.approx([1, 1])


def test_the_order_of_pixels_does_not_matter():
    pixels = tissue(0.6)
    one, other = (vahadane().fit(p) for p in (pixels, np.random.default_rng(1).permutation(pixels)))
    assert np.allclose(one["matrix"], other["matrix"], atol=1e-4)


def test_background_is_no_tissue():
    pixels = tissue(0.6)
    glass = np.full((20_000, 3), 250, np.uint8)
    one, other = vahadane().fit(pixels), vahadane().fit(np.concatenate([pixels, glass]))
    assert np.allclose(one["matrix"], other["matrix"], atol=1e-6)


def test_brightness_is_brought_to_white_before_all_else():
    pixels = tissue(0.6)
    fit = vahadane(brightness=90.0).fit(pixels)
    assert fit["gain"] == pytest.approx(255 / np.percentile(pixels, 90))
    assert vahadane(brightness=90.0).rule(fit, fit).gain == fit["gain"]


def test_without_rescaling_amounts_stay():
    one, other = vahadane().fit(tissue(0.6)), {**vahadane().fit(tissue(0.6)), "p99": [9.0, 9.0]}
    assert vahadane(rescale=False).rule(one, other).scale == (1.0, 1.0)
    assert vahadane().rule(one, other).scale == pytest.approx(tuple(9 / np.array(one["p99"])))


@pytest.mark.parametrize(("sparsity", "most"), [(0.0, 2), (0.01, 6)])
def test_normalising_to_itself_changes_at_most_2_grey_levels_where_no_penalty_moves_the_vectors(sparsity, most):
    pixels, fit = stained(), vahadane(sparsity=sparsity).fit(stained())
    assert np.abs(vahadane().change(fit, fit)(pixels).astype(int) - pixels).max() <= most
