from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline.core.store.store import TileStore
from tests.conftest import row


@pytest.fixture
def nuclei(cut, phantoms):
    """The manifest of the phantom's mask of nuclei, cut with its instances by the tiles of its H&E."""
    cut(row("A1-HE", phantoms / "A1-HE.tif"))
    sheet = row("A1-nuclei", phantoms / "A1-nuclei.tif", stain="nuclei", paired_with="A1-HE")
    return cut(sheet, partner="A1-HE", instances=phantoms / "A1-nuclei.instances.tif", mpp=0.5)


def test_a_slide_with_a_label_image_has_masks_and_instances(nuclei, phantoms):
    store = TileStore(Path(nuclei["store"]))
    assert set(nuclei["digests"]) == {"image", "mask", "instance", "xy", "tissue"}
    with tifffile.TiffFile(phantoms / "A1-nuclei.instances.tif") as file:
        instance, mask = (file.pages[page].asarray() for page in range(2))
    x, y = store.column("xy")[5]
    rows = np.array([5])
    assert np.array_equal(store.array("instance")[rows][0], instance[y : y + 64, x : x + 64])
    assert np.array_equal(store.array("mask")[rows][0], mask[y : y + 64, x : x + 64])
    assert store.array("mask")[:].any()


def test_the_mask_lies_where_the_image_is_white(nuclei):
    store = TileStore(Path(nuclei["store"]))
    assert np.array_equal(store.array("mask")[:] > 0, store.images()[..., 0] > 127)
    assert np.array_equal(store.array("mask")[:] > 0, store.array("instance")[:] > 0)


def test_other_slides_have_an_image_alone(cut, phantoms):
    assert list(TileStore(Path(cut(row("A1-HE", phantoms / "A1-HE.tif"))["store"])).arrays) == ["image"]


def test_labels_of_another_slide_quarantine_it(cut, write_tiff, tissue_like, phantoms):
    sheet = row("s", write_tiff(tissue_like(256)))
    manifest = cut(sheet, instances=phantoms / "A1-nuclei.instances.tif")
    assert (manifest["status"], manifest["stage"]) == ("quarantined", "instances")
    assert "labels of 1024 x 1024 px for a slide of 256 x 256" in manifest["error"]


def test_a_label_image_that_is_none_quarantines_it(cut, write_tiff, tissue_like):
    path = write_tiff(tissue_like(256))
    manifest = cut(row("s", path), instances=path)
    assert (manifest["status"], manifest["stage"]) == ("quarantined", "instances")
    assert "no label image" in manifest["error"]


def test_blocks_are_cut_at_the_right_places(cut, write_tiff, tissue_like, monkeypatch):
    path = write_tiff(tissue_like(512))
    whole = cut(row("s", path), mpp=0.5)["digests"]
    monkeypatch.setattr("pipeline.tile.pixels.BLOCK", 7)
    assert cut(row("s", path), mpp=0.5)["digests"] == whole


def board(side):
    """A checkerboard of 0 and 255 in the first channel, 7 in the others."""
    image = np.full((side, side, 3), 7, np.uint8)
    image[..., 0] = np.indices((side, side)).sum(0) % 2 * 255
    return image


def test_values_are_counted_before_they_are_averaged(cut, write_tiff):
    sheet = row("s", write_tiff(board(256)), stain="mIHC")
    manifest = cut(sheet, mpp=1.0, size=32, stride=32, min_tissue=0.0, channels={"mIHC": [0, 1, 2]}, histogram=True)
    store = TileStore(Path(manifest["store"]))
    counts = store.column("histogram")
    assert (counts.shape, counts.dtype) == ((16, 3, 256), np.uint32)
    assert counts[:, 0, 0].tolist() == counts[:, 0, 255].tolist() == [32 * 64] * 16
    assert counts[:, 1:, 7].tolist() == [[64 * 64] * 2] * 16
    assert np.unique(store.images()[..., 0]).tolist() == [128]  # half is positive, and no pixel of a tile is
    assert "histogram" in manifest["digests"]
    assert "histogram" not in store.arrays


def test_counts_are_in_the_order_of_the_tiles_whatever_the_blocks(cut, write_tiff, tissue_like, monkeypatch):
    monkeypatch.setattr("pipeline.tile.pixels.BLOCK", 7)
    store = TileStore(Path(cut(row("s", write_tiff(tissue_like(512))), mpp=0.5, histogram=True)["store"]))
    for tile, counts in zip(store.images(), store.column("histogram"), strict=True):
        assert np.array_equal(counts[1], np.bincount(tile[..., 1].ravel(), minlength=256))


def test_nothing_is_counted_unless_it_is_asked_for(cut, write_tiff, tissue_like):
    assert not TileStore(Path(cut(row("s", write_tiff(tissue_like(256))))["store"])).has("histogram")
