"""Stores that show the tiles of another in other colours."""

import numpy as np
import pytest

from pipeline.core.stain import colour_map
from pipeline.core.stain.rules import StainRule
from pipeline.core.store import rows
from pipeline.core.store.rows import MAPS, Rows
from pipeline.core.store.store import TileStore, write_colours, write_store

MATRIX = ((0.65, 0.1), (0.70, 0.95), (0.29, 0.28))
TILES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)


@pytest.fixture
def stores(tmp_path):
    """One store more than maps are kept of, each with a rule of its own; and the rules."""
    write_store(tmp_path / "cut.zarr", [TILES], {"xy": np.zeros((3, 2), np.int64)}, {}, size=8)
    paths = [tmp_path / f"{number}.zarr" for number in range(MAPS + 1)]
    rules = [
        StainRule(io=255, offset=0, source=MATRIX, scale=(0.5 + 0.05 * place, 1.0), target=MATRIX)
        for place in range(len(paths))
    ]
    for path, rule in zip(paths, rules, strict=True):
        write_colours(path, tmp_path / "cut.zarr", rule.model_dump(mode="json"), {})
    return paths, rules


@pytest.fixture
def made(monkeypatch):
    """Grows with every map of colours that is made."""
    found, kind = [], colour_map.ColourMap
    monkeypatch.setattr(colour_map, "ColourMap", lambda formula: found.append(1) or kind(formula))
    return found


def expected(rules, numbers):
    return np.stack([rules[n // 3].apply(TILES[n % 3].reshape(-1, 3)).reshape(8, 8, 3) for n in numbers])


def test_tiles_of_many_stores_are_computed_and_no_map_is_made_for_one_tile(stores, made):
    paths, rules = stores
    numbers = np.random.default_rng(1).permutation(3 * len(paths))
    found = Rows(paths)
    for part in np.array_split(numbers, 5):
        assert np.array_equal(found[part], expected(rules, part))
    assert made == []


def test_of_few_stores_every_map_is_kept(stores, made):
    paths, rules = (own[:MAPS] for own in stores)
    found = Rows(paths)
    for numbers in (np.arange(0, 3 * MAPS, 3), np.arange(2, 3 * MAPS, 3)):
        assert np.array_equal(found[numbers], expected(rules, numbers))
    assert len(made) == MAPS


def test_a_store_that_is_read_through_is_worth_a_map(stores, made, monkeypatch):
    paths, rules = stores
    monkeypatch.setattr(rows, "WORTH", 3 * 64)
    assert np.array_equal(Rows(paths)[0:3], expected(rules, range(3)))
    assert len(made) == 1
    assert np.array_equal(Rows(paths)[0:2], expected(rules, range(2)))
    assert len(made) == 1


def test_what_is_derived_from_such_a_store_has_pixels_of_its_own(stores, tmp_path):
    paths, _ = stores
    parent = TileStore(paths[0])
    write_store(tmp_path / "view.zarr", [255 - TILES], {"xy": np.zeros((3, 2), np.int64)}, parent.attributes, size=8)
    assert np.array_equal(TileStore(tmp_path / "view.zarr").tiles([0, 1, 2]), 255 - TILES)
