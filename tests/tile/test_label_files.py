"""Slides of label files, tiled in the frame of the image that they belong to."""

import json
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

    def make(image, path, *, labels=AXONS, mpp=0.5, sheet_mpp=None, stride=32, **more):
        cut(row("s", image, mpp=0.5), mpp=mpp, size=32, stride=stride, min_tissue=0.0, **more)
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


def test_labels_of_much_larger_pixels_do_not_move(cut_labels, write_tiff, tissue_like, tmp_path):
    coarse = np.random.default_rng(0).choice(np.array([0, 127, 255], np.uint8), (24, 24))  # of 8 x 8 of the image
    store = cut_labels(write_tiff(tissue_like(192)), picture(tmp_path / "m.png", coarse), sheet_mpp=4.0, stride=11)
    whole, corners = classes(coarse).repeat(8, 0).repeat(8, 1), TileStore(Path("data/tiles/s.zarr")).column("xy")
    assert len(corners) == 15**2
    for (x, y), (own_x, own_y), tile in zip(corners, store.column("xy"), store.array("mask")[:], strict=True):
        assert np.array_equal(tile, whole[y : y + 32, x : x + 32])
        assert max(abs(own_x - x / 8), abs(own_y - y / 8)) <= 0.5


def test_images_may_be_registered_to_labels_that_have_a_resolution(cut, write_tiff, tissue_like, tmp_path):
    values, own = rings(128), {"mpp": 0.5, "size": 32, "stride": 32}
    sheet = row("m", picture(tmp_path / "m.png", values), stain="axons", mpp=0.5)
    masks = cut(sheet, searched=False, labels={**AXONS, "reader": READER}, **own)
    image = cut(row("s", write_tiff(tissue_like(128)), paired_with="m"), partner="m", **own)
    assert (masks["tiles"], image["tiles"]) == (16, 16)
    store = TileStore(Path(masks["store"]))
    x, y = store.column("xy")[5]
    assert np.array_equal(store.array("mask")[:][5], classes(values[y : y + 32, x : x + 32]))


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


def test_labels_that_sort_otherwise_than_their_images_are_refused(cut_labels, tissue_like, tmp_path):
    for seed, number in enumerate((1, 10)):
        picture(tmp_path / f"images/img_{number}.png", tissue_like(64))
        picture(tmp_path / f"masks/img_{number}_mask.png", rings(64, seed))
    manifest = cut_labels(tmp_path / "images", tmp_path / "masks")
    assert manifest["stage"] == "partner"
    assert "'img_10_mask.png' stands at the place of 'img_1.png' of its partner s" in manifest["error"]


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


def outlined(path, *names):
    """GeoJSON of a square of 20 pixels for each name, 40 pixels apart along x."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [[[x, 4], [x + 20, 4], [x + 20, 24], [x, 24], [x, 4]]]},
            "properties": {"classification": {"name": name}},
        }
        for x, name in zip(range(4, 1000, 40), names, strict=False)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_outlines_lie_in_the_image_whose_size_they_do_not_know(cut_labels, write_tiff, tissue_like, tmp_path):
    labels = {"stain": "nuclei", "labels": None, "classes": ["a", "b"], "values": []}
    store = cut_labels(write_tiff(tissue_like(128)), outlined(tmp_path / "m.geojson", "b", "a", "b"), labels=labels)
    mask, instance = store.array("mask")[:], store.array("instance")[:]
    assert len(store) == 16
    assert (mask[0] == 2).sum() == 20 * 20
    assert [np.unique(tile).tolist() for tile in instance[:4]] == [[0, 1], [0, 2], [0, 3], [0, 3]]
    assert not instance[4:].any()


def test_outlines_beside_the_image_are_refused(cut_labels, write_tiff, tissue_like, tmp_path):
    labels = {"stain": "nuclei", "labels": None, "classes": ["a"], "values": []}
    manifest = cut_labels(write_tiff(tissue_like(128)), outlined(tmp_path / "m.geojson", *"aaaaa"), labels=labels)
    assert "1 of 5 outlines lie beside the image of 128 x 128 px" in manifest["error"]


@pytest.fixture
def fold(tmp_path):
    """Images, masks and types as a fold of PanNuke has them: 5 of 64 px, two classes."""
    rng = np.random.default_rng(0)
    images, masks = rng.integers(90, 180, (5, 64, 64, 3)).astype(np.float64), np.zeros((5, 64, 64, 3))
    for place in range(5):
        masks[place, 4:14, 4 : 14 + place, 0], masks[place, 30:50, 30:50, 1] = 3, 8
    masks[..., 2] = masks.max(-1) == 0
    for name, values in (("images", images), ("masks", masks), ("types", np.array([*"XYXXY"]))):
        np.save(tmp_path / f"{name}.npy", values)
    return tmp_path


PANNUKE = {"stain": "nuclei", "labels": None, "classes": ["a", "b"], "values": []}


def test_a_fold_is_a_slide_of_many_images(cut_labels, fold):
    store = cut_labels(fold / "images.npy", fold / "masks.npy", labels=PANNUKE)
    masks = np.load(fold / "masks.npy")
    assert len(store) == 5 * 4
    for region, (x, y), tile in zip(store.column("region"), store.column("xy"), store.array("mask")[:], strict=True):
        first, second = (masks[region, y : y + 32, x : x + 32, channel] > 0 for channel in range(2))
        assert np.array_equal(tile, np.select([first, second], [1, 2], 0))
    images = TileStore(Path("data/tiles/s.zarr"))
    assert np.array_equal(images.images()[0], np.load(fold / "images.npy")[0, :32, :32].astype(np.uint8))


def test_types_of_a_fold_label_its_tiles(cut, fold):
    sheet = row("s", fold / "images.npy", mpp=0.5, annotations=str(fold / "types.npy"))
    manifest = cut(sheet, mpp=0.5, size=32, stride=32, min_tissue=0.0)
    assert manifest["labels"] == {"X": 12, "Y": 8}
    store = TileStore(Path(manifest["store"]))
    assert store.column("label").reshape(5, 4)[:, 0].tolist() == [0, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("types", "told"),
    [(np.array([*"XY"]), "(2,) <U1 for 5 images"), (np.array([*"XYXXY"], object), "never loaded")],
)
def test_types_that_do_not_fit_say_so(cut, fold, types, told):
    np.save(fold / "types.npy", types, allow_pickle=True)
    sheet = row("s", fold / "images.npy", mpp=0.5, annotations=str(fold / "types.npy"))
    manifest = cut(sheet, mpp=0.5, size=32, stride=32, min_tissue=0.0)
    assert (manifest["status"], manifest["stage"]) == ("quarantined", "annotations")
    assert told in manifest["error"]


def test_an_array_of_python_objects_quarantines_its_slide(cut, tmp_path):
    np.save(tmp_path / "x.npy", np.array({"a": 1}, object), allow_pickle=True)
    manifest = cut(row("s", tmp_path / "x.npy", mpp=0.5))
    assert (manifest["status"], manifest["stage"]) == ("quarantined", "open")


def test_pictures_of_electrons_are_cut_everywhere_and_may_be_turned(cut, write_tiff):
    grey = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    sheet = row("s", write_tiff(grey), stain="SEM")
    store = TileStore(Path(cut(sheet, mpp=0.5, size=32, stride=32, searched=False, invert=False)["store"]))
    plain = store.images()
    assert np.array_equal(plain[1], grey[:32, 32:, None].repeat(3, 2))
    assert "inverted" not in store.attributes
    store = TileStore(Path(cut(sheet, mpp=0.5, size=32, stride=32, searched=False, invert=True)["store"]))
    assert store.attributes["inverted"] is True
    assert np.array_equal(store.images(), 255 - plain)
    store = TileStore(Path(cut(sheet, mpp=1.0, size=16, stride=16, searched=False, invert=True)["store"]))
    coarse = 255 - plain.reshape(4, 16, 2, 16, 2, 3).mean((2, 4))
    assert np.abs(store.images() - coarse).max() <= 0.5


def test_axons_of_electron_microscopy_lie_in_their_images(cut, real_data):
    folder = real_data / "em_tem_pns_zjoukhadar/notebooks/training/Train"
    own = {"mpp": 0.01, "size": 256, "stride": 256, "searched": False}
    image = cut(row("s", f"{folder}/image_1[0-2].png", mpp=0.01, stain="TEM"), **own)
    sheet = row("s-mask", f"{folder}/mask_1[0-2].png", stain="axons", paired_with="s")
    masks = cut(sheet, partner="s", labels={**AXONS, "reader": READER}, **own)
    assert (image["tiles"], masks["tiles"]) == (12, 12)
    tem, axons = (TileStore(Path(manifest["store"])) for manifest in (image, masks))
    grey, mask = tem.images()[..., 0].astype(float), axons.array("mask")[:]
    assert grey[mask == 1].mean() + 30 < grey[mask == 2].mean()  # myelin is dark, what it surrounds is not
    assert axons.attributes["regions"] == [f"mask_{number}.png" for number in (10, 11, 12)]
