from pathlib import Path

import numpy as np

from pipeline.core.store.store import TileStore, write_store
from pipeline.normalize.sample import sample_pixels


def store(folder: Path, tiles: int) -> TileStore:
    images = np.repeat(np.arange(tiles, dtype=np.uint8), 8 * 8 * 3).reshape(tiles, 8, 8, 3)
    columns = {"xy": np.zeros((tiles, 2), np.int64)}
    write_store(folder / "x.zarr", [images], columns, {}, size=8)
    return TileStore(folder / "x.zarr")


def test_every_tile_gives_as_many_pixels(tmp_path):
    pixels = sample_pixels(store(tmp_path, 10), seed=0, limit=200)
    assert np.bincount(pixels[:, 0]).tolist() == [20] * 10


def test_more_tiles_than_pixels_wanted_leaves_tiles_out(tmp_path):
    pixels = sample_pixels(store(tmp_path, 100), seed=0, limit=30)
    assert pixels[:, 0].tolist() == list(range(0, 100, 4))


def test_the_seed_decides(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    write_store(tmp_path / "y.zarr", [images], {"xy": np.zeros((4, 2), np.int64)}, {}, size=8)
    opened = TileStore(tmp_path / "y.zarr")
    draws = [sample_pixels(opened, seed=seed, limit=40).tolist() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
