import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pipeline.core.measures.memorisation import QUANTILE, copied, limit, nearness, structure

SIDE = 32
TURNS = [(mirrored, quarters) for mirrored in (False, True) for quarters in range(4)]


def tissue(count, seed, mask=None):
    """uint8 (tile, y, x, 3) of a texture, dark where there is a mask."""
    rng = np.random.default_rng(seed)
    grain = gaussian_filter(rng.normal(0, 1, (count, SIDE, SIDE)), (0, 1.5, 1.5)) * 90
    grey = 170 + grain - (0 if mask is None else 70 * (mask > 0))
    return np.repeat(np.clip(grey, 0, 255)[..., None], 3, -1).astype(np.uint8)


def discs(count, seed):
    """uint8 (tile, y, x): classes 1 and 2."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, SIDE, (count, 8, 2, 1, 1))
    y, x = np.mgrid[:SIDE, :SIDE]
    near = (y - centres[:, :, 0]) ** 2 + (x - centres[:, :, 1]) ** 2 < 12
    return (near[:, :4].any(1) + 2 * (near[:, 4:].any(1) & ~near[:, :4].any(1))).astype(np.uint8)


def share(known, made, others, *masks):
    """Of copies; ``masks`` are those of each."""
    arrays = [(images, *more) for images, *more in zip((known, made, others), *masks, strict=True)]
    features = structure(*arrays[0])
    own, reference = (nearness(features, structure, *array) for array in arrays[1:])
    return copied(own, limit(reference)).mean()


@pytest.mark.parametrize(("mirrored", "quarters"), TURNS)
def test_a_copy_is_found_however_it_is_turned(mirrored, quarters):
    known = tissue(40, 0)
    turned = np.rot90(known[:5, :, ::-1] if mirrored else known[:5], quarters, axes=(1, 2))
    assert nearness(structure(known), structure, turned) == pytest.approx(0, abs=1e-2)
    assert share(known, turned, tissue(40, 1)) == 1


def test_a_generator_of_eight_tiles_is_told_from_one_of_a_thousand():
    """The first has its training tiles by heart and repaints them with noise, the second makes new ones."""
    few, many, others = tissue(8, 0), tissue(1000, 1), tissue(100, 2)
    noise = np.random.default_rng(3).normal(0, 12, (60, SIDE, SIDE, 3))
    by_heart = np.clip(few[np.arange(60) % 8] + noise, 0, 255).astype(np.uint8)
    assert share(few, by_heart, others) == 1
    assert share(many, tissue(60, 4), others) <= 0.05


def test_a_generator_of_eight_tiles_that_makes_new_ones_copies_nothing():
    assert share(tissue(8, 0), tissue(200, 1), tissue(100, 2)) <= 0.05


def test_a_blurred_tile_is_no_copy():
    blurred = gaussian_filter(tissue(60, 4), (0, 2, 2, 0))
    assert share(tissue(200, 0), blurred, tissue(100, 2)) <= 0.05


def test_a_darker_copy_of_less_contrast_is_one():
    known = tissue(40, 0)
    assert share(known, (known * 0.5 + 20).astype(np.uint8), tissue(100, 2)) == 1


def test_tiles_painted_for_the_masks_of_training_tiles_are_no_copies():
    """Their nuclei lie where they are to lie; only what the mask does not tell can have been copied."""
    masks, theirs = discs(20, 0), discs(40, 1)
    known, made, others = tissue(20, 2, masks), tissue(20, 3, masks), tissue(40, 4, theirs)
    assert share(known, made, others) > 0.9
    assert share(known, made, others, (masks, masks, theirs)) <= 0.05
    assert share(known, known, others, (masks, masks, theirs)) == 1


def test_any_features_will_do():
    known = tissue(20, 0)
    found = nearness(
        known.mean((1, 2)),
        lambda images: images.mean((1, 2)),
        known[:3],
    )
    assert found == pytest.approx(0, abs=1e-2)


def test_nearness_of_known_distances():
    """At 1 from one and at 4 from the others, whichever way it is turned."""
    known = np.array([[1.0], [4.0], [4.0], [-4.0]])
    tile = np.zeros((1, 2, 2, 3), np.uint8)
    assert nearness(known, lambda images: np.zeros((len(images), 1)), tile) == pytest.approx([0.25])


def test_a_duplicate_among_training_tiles_hides_no_copy():
    known = tissue(40, 0)
    twice = np.concatenate([known, known[:1]])
    assert share(twice, known[:1], tissue(40, 1)) == 1


def test_tiles_without_structure_are_not_judged():
    """Of no tissue, all are alike: they are no copies, and those among training tiles and others hide none."""
    known, others, white = tissue(40, 0), tissue(40, 1), np.full((3, SIDE, SIDE, 3), 255, np.uint8)
    known[:2] = others[:2] = 255
    assert np.isnan(nearness(structure(known), structure, white)).all()
    assert share(known, known[5:9], others) == 1


def test_blocks_make_no_difference(monkeypatch):
    known, made = structure(tissue(20, 0)), tissue(7, 1)
    whole = nearness(known, structure, made)
    monkeypatch.setattr("pipeline.core.measures.memorisation.BLOCK", 3)
    assert nearness(known, structure, made) == pytest.approx(whole, abs=1e-6)


def test_the_limit_is_what_few_others_are_below():
    reference = np.linspace(0, 1, 1001)
    assert copied(reference, limit(reference)).mean() == pytest.approx(QUANTILE, abs=1e-3)
    assert limit(np.array([0.7, np.nan, 0.9])) == 0.7


def test_nothing_to_compare_with_is_said():
    made = tissue(3, 0)
    assert np.isnan(nearness(structure(made[:1]), structure, made)).all()
    assert np.isnan(limit(np.full(3, np.nan)))
    assert np.isnan(copied(np.zeros(2), float("nan"))).all()
    assert nearness(structure(made), structure, made[:0]).shape == (0,)
    assert structure(made[:0]).shape == (0, SIDE * SIDE)


def test_small_and_odd_tiles_are_averaged():
    assert structure(np.zeros((2, 9, 9, 3), np.uint8)).shape == (2, 81)
    assert structure(np.zeros((2, 70, 70, 3), np.uint8)).shape == (2, 1024)
