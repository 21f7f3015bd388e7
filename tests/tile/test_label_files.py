"""Slides of label files, tiled in the frame of the image that they belong to."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.core.store.store import TileStore
from pipeline.study.labels import READER
from tests.conftest import row

AXONS = {"stain": "axons", "labels": None, "classes": ["myelin", "axon"], "values": [[0, 0], [127, 1], [255, 2]]}


def rings(side, seed=0):
    """Grey values of myelin around axons: uint8 (side, side), 0, 127 and 255."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    mask = np.zeros((side, side), np.uint8)
    for centre in rng.integers(16, side - 16, (side // 24, 2)):
        distance = np.hypot(y - centre[0], x - centre[1])
        mask[distance < 12] = 127
        mask[distance < 7] = 255
    return mask


def classes(values):
    """Class ids of grey values."""
    return np.select([values == 127, values == 255], [1, 2], 0)


@pytest.fixture
def cut_labels(cut):
    """Cuts an image of 0.5 µm/px, and label files as those of it; returns the store, or the manifest of one refused."""

    def make(image, path, *, labels=AXONS, mpp=0.5, sheet_mpp=None, **more):
        cut(row("s", image, mpp=0.5), mpp=mpp, size=32, stride=32, min_tissue=0.0, **more)
        sheet = row("s-mask", path, stain=labels["stain"], paired_with="s", mpp=sheet_mpp)
        own = {"searched": False, "labels": {**labels, "reader": READER}}
        manifest = cut(sheet, partner="s", mpp=mpp, size=32, stride=32, **own)
        return TileStore(Path(manifest["store"])) if manifest["status"] == "complete" else manifest

    return make


def picture(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    return path


def test_values_become_classes_in_the_grid_of_the_image(cut_labels, write_tiff, tissue_like, tmp_path):
    values = rings(128)
    store = cut_labels(write_tiff(tissue_like(128)), picture(tmp_path / "m.png", values))
    x, y = store.column("xy").T
    mask, instance, image = store.array("mask")[:], store.array("instance")[:], store.images()
    assert (len(store), mask.dtype, instance.dtype) == (16, np.uint8, np.uint32)
    for place in range(16):
        box = values[y[place] : y[place] + 32, x[place] : x[place] + 32]
        assert np.array_equal(mask[place], classes(box))
        assert np.array_equal(image[place], np.where(box > 0, 255, 0)[..., None].repeat(3, 2))
    assert np.array_equal(instance > 0, mask > 0)


def test_at_half_the_resolution_the_nearest_label_is_taken(cut_labels, write_tiff, tissue_like, tmp_path):
    values = rings(128)
    store = cut_labels(write_tiff(tissue_like(128)), picture(tmp_path / "m.png", values), mpp=1.0)
    x, y = store.column("xy")[-1]
    expected = classes(values[y + 1 : y + 65 : 2, x + 1 : x + 65 : 2])
    assert np.array_equal(store.array("mask")[:][-1], expected)


def test_labels_of_larger_pixels_lie_where_the_sheet_says(cut_labels, write_tiff, tissue_like, tmp_path):
    values = rings(128)
    path = picture(tmp_path / "m.png", values[1::2, 1::2])
    store = cut_labels(write_tiff(tissue_like(128)), path, sheet_mpp=1.0)
    x, y = store.column("xy")[3] * 2
    expected = classes(values[y + 1 : y + 33 : 2, x + 1 : x + 33 : 2]).repeat(2, 0).repeat(2, 1)
    assert np.array_equal(store.array("mask")[:][3], expected)


def test_an_object_has_one_id_in_all_tiles(cut_labels, write_tiff, tissue_like, tmp_path):
    values = np.zeros((128, 128), np.uint8)
    values[24:40, 24:40], values[80:90, 80:90] = 255, 127
    store = cut_labels(write_tiff(tissue_like(128)), picture(tmp_path / "m.png", values))
    instance = store.array("instance")[:]
    here = [set(np.unique(tile).tolist()) - {0} for tile in instance]
    assert here[0] == here[1] == here[4] == here[5] == {2}  # the square over four tiles is of the second class
    assert here[10] == {1}


def test_images_of_a_folder_have_the_labels_of_the_same_place_in_name_order(cut_labels, tissue_like, tmp_path):
    masks = [rings(side, seed) for seed, side in enumerate((64, 96))]
    for name, values in zip("ab", masks, strict=True):
        picture(tmp_path / f"images/{name}.png", tissue_like(len(values)))
        picture(tmp_path / f"masks/{name}_mask.png", values)
    store = cut_labels(tmp_path / "images", tmp_path / "masks")
    assert store.attributes["regions"] == ["a_mask.png", "b_mask.png"]
    for place, (region, (x, y)) in enumerate(zip(store.column("region"), store.column("xy"), strict=True)):
        expected = classes(masks[region][y : y + 32, x : x + 32])
        assert np.array_equal(store.array("mask")[:][place], expected)


@pytest.mark.parametrize(
    ("values", "stage", "found"),
    [
        (rings(128)[:96], "partner", "labels of 128 x 96 px for an image of 128 x 128"),
        (np.full((128, 128), 9, np.uint8), "open", "values of no class: 9; found 9, expected 0, 127, 255"),
        (np.zeros((128, 128, 3), np.uint8) + np.arange(3, dtype=np.uint8), "open", "labels in colours"),
    ],
)
def test_labels_that_do_not_fit_say_why(cut_labels, write_tiff, tissue_like, tmp_path, values, stage, found):
    manifest = cut_labels(write_tiff(tissue_like(128)), picture(tmp_path / "m.png", values))
    assert (manifest["status"], manifest["stage"]) == ("quarantined", stage)
    assert found in manifest["error"]
    assert "m.png" in manifest["error"]


def test_a_folder_of_another_number_of_labels_is_refused(cut_labels, tissue_like, tmp_path):
    for name in "ab":
        picture(tmp_path / f"images/{name}.png", tissue_like(64))
    picture(tmp_path / "masks/a.png", rings(64))
    manifest = cut_labels(tmp_path / "images", tmp_path / "masks")
    assert "1 images, but its partner s has 2" in manifest["error"]
