import numpy as np
import pytest

from pipeline.core.measures.consistency import BLOCK, consistency, dice_of_tiles, segment_nuclei

SIDE = 24


def square(*corners, side=8):
    """bool (tile, SIDE, SIDE): a square at each corner."""
    mask = np.zeros((len(corners), SIDE, SIDE), bool)
    for tile, (y, x) in enumerate(corners):
        mask[tile, y : y + side, x : x + side] = True
    return mask


def painted(mask, seed=0):
    """Dark nuclei on pink with a little noise: uint8 (tile, y, x, 3)."""
    clean = np.where(mask[..., None], [90, 50, 130], [230, 170, 205])
    noise = np.random.default_rng(seed).normal(0, 3, clean.shape)
    return np.clip(clean + noise, 0, 255).astype(np.uint8)


def test_dice_of_halves_is_a_half():
    one, other = square((0, 0), (0, 0)), square((0, 4), (12, 12))
    assert dice_of_tiles(one, other).tolist() == [0.5, 0.0]  # 2 * 32 / (64 + 64), and nothing shared


def test_two_empty_tiles_have_no_dice():
    empty = np.zeros((1, SIDE, SIDE), bool)
    assert np.isnan(dice_of_tiles(empty, empty)).all()
    assert dice_of_tiles(empty, square((0, 0))).tolist() == [0]


def test_nuclei_are_found_where_they_were_painted():
    mask = square((2, 3), (12, 9))
    assert (consistency(painted(mask), mask * np.uint8(3)) > 0.95).all()


def test_the_mask_of_another_tile_is_told_apart():
    mask = square((0, 0), (14, 14))
    assert consistency(painted(mask), mask[::-1]).max() < 0.1


def test_a_tile_that_is_to_have_no_nucleus_is_not_judged():
    mask = square((0, 0), (14, 14))
    mask[1] = False
    found = consistency(painted(mask), mask)
    assert found[0] > 0.9
    assert np.isnan(found[1])


def test_a_tile_without_a_picture_shows_none():
    grey = np.full((1, SIDE, SIDE, 3), 200, np.uint8)
    assert not segment_nuclei(grey).any()
    assert consistency(grey, square((0, 0))).tolist() == [0]


def test_a_tile_is_the_same_in_any_company():
    rng = np.random.default_rng(0)
    mask = square(*rng.integers(0, 16, (BLOCK + 5, 2)))
    images = (painted(mask) * rng.uniform(0.5, 1, (len(mask), 1, 1, 1))).astype(np.uint8)
    alone = np.concatenate([consistency(images[[row]], mask[[row]]) for row in (0, BLOCK, BLOCK + 4)])
    assert (consistency(images, mask)[[0, BLOCK, BLOCK + 4]] == alone).all()


@pytest.mark.parametrize("tiles", [0, 1])
def test_few_tiles(tiles):
    mask = square(*[(2, 2)] * tiles)
    assert consistency(painted(mask), mask).shape == (tiles,)
