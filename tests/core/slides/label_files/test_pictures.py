import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import label

from pipeline.core.errors import SlideError
from pipeline.phantom.writer import write_planes

BLOCKS = np.zeros((40, 50), np.uint8)
BLOCKS[2:12, 3:15], BLOCKS[20:34, 20:30], BLOCKS[4:10, 40:48] = 1, 2, 1


@pytest.mark.parametrize("name", ["m.png", "m.bmp", "m.tif"])
def test_values_are_class_ids_as_they_are_and_objects_are_found(opened, tmp_path, name):
    Image.fromarray(BLOCKS).save(tmp_path / name)
    mask, instance = opened(tmp_path / name, classes=("a", "b"))
    assert np.array_equal(mask, BLOCKS)
    assert (instance.dtype, instance[5, 5], instance[5, 44], instance[25, 25]) == (np.uint32, 1, 2, 3)


def test_values_stand_for_what_is_declared(opened, tmp_path):
    Image.fromarray(BLOCKS * 100).save(tmp_path / "m.png")
    mask, instance = opened(tmp_path / "m.png", classes=("b",), values={0: 0, 100: 0, 200: 1})
    assert np.array_equal(mask, BLOCKS == 2)
    assert np.array_equal(instance > 0, BLOCKS == 2)


def test_indices_of_a_palette_are_its_values(opened, tmp_path):
    image = Image.fromarray(BLOCKS)
    image.putpalette([0, 0, 0, 200, 10, 10, 10, 10, 200])
    image.save(tmp_path / "m.png")
    assert np.array_equal(opened(tmp_path / "m.png", classes=("a", "b"))[0], BLOCKS)


def test_three_equal_channels_and_alpha_are_one(opened, tmp_path):
    layers = np.dstack([BLOCKS, BLOCKS, BLOCKS, np.full_like(BLOCKS, 255)])
    Image.fromarray(layers).save(tmp_path / "m.png")
    assert np.array_equal(opened(tmp_path / "m.png", classes=("a", "b"))[0], BLOCKS)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.float32])
def test_ids_of_objects_are_kept(opened, tmp_path, dtype):
    ids = np.where(BLOCKS > 0, BLOCKS.astype(dtype) + 299, 0).astype(dtype)
    tifffile.imwrite(tmp_path / "m.tif", ids)
    mask, instance = opened(tmp_path / "m.tif", labels="instance")
    assert np.array_equal(instance, ids)
    assert np.array_equal(mask, BLOCKS > 0)


def test_a_png_of_16_bits_holds_ids(opened, tmp_path):
    ids = np.where(BLOCKS > 0, BLOCKS.astype(np.uint16) + 299, 0).astype(np.uint16)
    Image.fromarray(ids).save(tmp_path / "m.png")
    assert np.array_equal(opened(tmp_path / "m.png", labels="instance")[1], ids)


def test_two_pages_are_ids_and_classes(opened, tmp_path):
    ids = BLOCKS.astype(np.uint32) * 7
    write_planes(tmp_path / "m.tif", ids, BLOCKS)
    mask, instance = opened(tmp_path / "m.tif", classes=("a", "b"))
    assert np.array_equal(mask, BLOCKS)
    assert np.array_equal(instance, ids)


def test_two_pages_hold_classes_that_are_declared(opened, tmp_path):
    ids = np.where(BLOCKS > 0, np.uint32(5), np.uint32(0))
    write_planes(tmp_path / "m.tif", ids, np.maximum(BLOCKS, np.eye(*BLOCKS.shape, dtype=np.uint8)) * 4)
    mask, instance = opened(tmp_path / "m.tif", classes=("a",), values={0: 0, 4: 0, 8: 1})
    assert np.array_equal(mask, BLOCKS == 2)
    assert np.array_equal(instance > 0, BLOCKS == 2)
    with pytest.raises(SlideError, match="values of no class: 4, 8; found 0, 4, 8, expected 0 to 2"):
        opened(tmp_path / "m.tif", classes=("a", "b"))


def test_two_pages_are_as_large_as_a_slide_is(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.core.slides.label_files.pictures.MOST", 100)
    write_planes(tmp_path / "m.tif", BLOCKS.astype(np.uint32), BLOCKS)
    assert np.array_equal(opened(tmp_path / "m.tif", classes=("a", "b"))[0], BLOCKS)
    Image.fromarray(BLOCKS).save(tmp_path / "one.tif")
    with pytest.raises(SlideError, match="labels of 50 x 40 px in one piece") as caught:
        opened(tmp_path / "one.tif", classes=("a", "b"))
    assert "tiled TIFF of two pages" in caught.value.fix


def test_several_pages_of_one_size_are_no_labels(opened, tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.stack([BLOCKS] * 3), photometric="minisblack")
    with pytest.raises(SlideError, match="no label image: 3 pages"):
        opened(tmp_path / "m.tif", classes=("a", "b"))


def test_channels_may_be_stored_one_behind_the_other(opened, tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.stack([BLOCKS] * 3), photometric="rgb", planarconfig="separate")
    assert np.array_equal(opened(tmp_path / "m.tif", classes=("a", "b"))[0], BLOCKS)


@pytest.mark.filterwarnings("error")
def test_large_pictures_are_read_without_a_word_and_larger_ones_refused(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", BLOCKS.size // 2 + 1)
    Image.fromarray(BLOCKS).save(tmp_path / "m.png")
    assert np.array_equal(opened(tmp_path / "m.png", classes=("a", "b"))[0], BLOCKS)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", BLOCKS.size // 2 - 1)
    with pytest.raises(SlideError, match="labels of more in one piece, at most 0 Mpx are read") as caught:
        opened(tmp_path / "m.png")
    assert "tiled TIFF of two pages" in caught.value.fix


@pytest.mark.parametrize(
    ("values", "how", "told", "fix"),
    [
        (BLOCKS, {}, "values of no class: 2; found 0, 1, 2, expected 0 to 1", "stains.nuclei.values"),
        (BLOCKS, {"values": {0: 0, 1: 1}}, "of no class: 2; found 0, 1, 2, expected 0, 1", "{0: 0,"),
        (
            BLOCKS,
            {"labels": "instance", "classes": ("a", "b")},
            "objects without a class, which may be a or b",
            "one class",
        ),
        (
            BLOCKS,
            {"classes": ()},
            "either classes or ids of objects",
            "stains.nuclei.labels in params.yaml to class or",
        ),
        (np.float32(BLOCKS) / 2, {}, "no whole numbers", "integers"),
        (BLOCKS.astype(np.int16) - 1, {}, "labels from -1 to 1", "anew"),
    ],
)
def test_numbers_that_mean_nothing_say_so(opened, tmp_path, values, how, told, fix):
    tifffile.imwrite(tmp_path / "m.tif", values)
    with pytest.raises(SlideError, match=told) as caught:
        opened(tmp_path / "m.tif", **how)
    assert caught.value.where == str(tmp_path / "m.tif")
    assert fix in caught.value.fix


def test_many_unknown_values_are_told_in_part(opened, tmp_path):
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(tmp_path / "m.png")
    with pytest.raises(SlideError, match=r"11, 12, 13 and 242 more; found 0, 1"):
        opened(tmp_path / "m.png")


def test_a_file_that_is_no_picture_and_one_of_no_known_format_are_refused(opened, tmp_path):
    (tmp_path / "m.png").write_text("no")
    with pytest.raises(SlideError, match="cannot open the labels"):
        opened(tmp_path / "m.png")
    with pytest.raises(SlideError, match=r"no label file: \.jpg"):
        opened(tmp_path / "m.jpg")


def test_masks_of_axons_are_read(opened, real_data):
    path = real_data / "em_ads_sem/derivatives/labels/sub-rat1/micr/sub-rat1_sample-data1_SEM_seg-axonmyelin-manual.png"
    values = {0: 0, 127: 1, 255: 2}
    mask, instance = opened(path, classes=("myelin", "axon"), values=values)
    assert mask.shape == (924, 1278)
    assert np.array_equal(mask == 2, np.asarray(Image.open(path)) == 255)
    assert 900 < label(mask == 2)[1] <= len(np.unique(instance[mask == 2])) < 1800
    odd = path.with_name(path.name.replace("1_sample-data1", "2_sample-data5")).parents[2] / "sub-rat2/micr"
    with pytest.raises(SlideError, match="values of no class: 128, 130, 233; found 0, 128, 130, 233, 255"):
        opened(odd / path.name.replace("1_sample-data1", "2_sample-data5"), classes=("myelin", "axon"), values=values)
