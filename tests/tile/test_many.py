"""Slides of many small images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.core.slides.listing import write_list
from pipeline.core.store.store import TileStore
from tests.conftest import row


@pytest.fixture
def tiles(tmp_path, tissue_like):
    """Images of one tile or of several: more than a block in all."""
    for place in range(90):
        (tmp_path / "raw").mkdir(exist_ok=True)
        Image.fromarray(tissue_like(160 if place % 30 == 7 else 32, seed=place)).save(tmp_path / f"raw/{place:02}.png")
    return tmp_path / "raw"


SMALL = {"mpp": 1.0, "size": 32, "stride": 32, "min_tissue": 0.0}


def test_images_of_one_tile_and_of_many_are_in_name_order(cut, tiles):
    store = TileStore(Path(cut(row("s", tiles, mpp=1.0, label="x"), **SMALL)["store"]))
    region, xy = store.column("region"), store.column("xy")
    assert np.bincount(region).tolist() == [25 if place % 30 == 7 else 1 for place in range(90)]
    assert np.array_equal(region, np.sort(region))
    for tile, place, (x, y) in zip(store.images(), region, xy, strict=True):
        image = np.asarray(Image.open(tiles / f"{place:02}.png"))
        assert np.array_equal(tile, image[y : y + 32, x : x + 32])


@pytest.mark.parametrize("block", [1, 7, 30])
def test_blocks_and_threads_change_nothing(cut, tiles, monkeypatch, block):
    whole = cut(row("s", tiles, mpp=1.0), **SMALL)["digests"]
    monkeypatch.setattr("pipeline.tile.pixels.BLOCK", block)
    assert cut(row("s", tiles, mpp=1.0), **SMALL)["digests"] == whole
    monkeypatch.setattr("pipeline.tile.pixels.FEW", 0)
    assert cut(row("s", tiles, mpp=1.0), **SMALL)["digests"] == whole


def test_a_list_is_cut_as_the_folder_is(cut, tiles):
    whole = cut(row("s", tiles, mpp=1.0), **SMALL)["digests"]
    write_list(Path("all.txt"), tiles, [f"{place:02}.png" for place in reversed(range(90))])
    assert cut(row("s", "all.txt", mpp=1.0), **SMALL)["digests"] == whole


def test_an_image_that_is_gone_is_named(cut, tiles):
    write_list(Path("all.txt"), tiles, ["00.png", "none.png"])
    manifest = cut(row("s", "all.txt", mpp=1.0), **SMALL)
    assert (manifest["status"], manifest["stage"]) == ("quarantined", "open")
    assert "none.png" in manifest["error"]
