"""Copies of training tiles, which are looked at part by part."""

import numpy as np
import pytest

from pipeline.evaluate.neighbours import copies, whole


def embed(images, masks=None):
    """Mean colours: float64 (tile, 3)."""
    return images.mean((1, 2)) + (0 if masks is None else masks.mean((1, 2))[:, None])


def tiles(count, seed):
    return np.random.default_rng(seed).integers(0, 256, (count, 2, 2, 3)).astype(np.uint8)


def measured(*known):
    made, owners = np.concatenate([tiles(3, 0)[:2], tiles(4, 1)]), np.array(["a", "a", "b", "b", "b", "b"])
    name, pool, patients, n = copies("near", embed, known, (made,), (tiles(200, 2),), owners)
    assert (name, patients, n) == ("near", ("a", "b"), 6)
    return {figure: pool.values(np.eye(2))[figure] for figure in ("copied", "nearness")}


def test_the_tiles_that_were_given_back_are_told_by_patient():
    found = measured((np.concatenate([tiles(3, 0), tiles(60, 3)]),))
    assert found["copied"].tolist() == [1, 0]
    assert found["nearness"][0] == pytest.approx(0, abs=1e-6)


def test_parts_of_training_tiles_make_no_difference():
    known = np.concatenate([tiles(3, 0), tiles(60, 3)])
    one, parts = measured((known,)), measured((known[:1],), (known[1:50],), (known[50:],))
    assert {name: values.tolist() for name, values in one.items()} == {k: v.tolist() for k, v in parts.items()}


def test_all_tiles_are_those_of_all_parts():
    images, masks = tiles(5, 0), np.arange(5)
    found = whole((images[rows], masks[rows]) for rows in (slice(2), slice(2, 5)))
    assert (found[0] == images).all()
    assert found[1].tolist() == [0, 1, 2, 3, 4]
