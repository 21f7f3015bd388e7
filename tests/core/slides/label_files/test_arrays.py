import numpy as np
import pytest

from pipeline.core.errors import SlideError
from pipeline.core.slides import open_image
from pipeline.core.slides.slide import Slide
from pipeline.core.slides.stack import members

BLOCKS = np.zeros((32, 32), np.int64)
BLOCKS[2:12, 3:15], BLOCKS[20:30, 20:30] = 1, 2


def fold(count=3, side=32, classes=5, seed=0):
    """Masks as PanNuke has them, float64 (image, y, x, class and background): a square of each of two classes."""
    masks = np.zeros((count, side, side, classes + 1))
    for place in range(count):
        masks[place, 2 : 8 + place, 2:8, 0] = 5 + place
        masks[place, 20:28, 20:28, 3] = 2
    masks[..., -1] = masks[..., :-1].max(-1) == 0
    return masks


NAMES = ("neoplastic", "inflammatory", "connective", "dead", "epithelial")


def test_class_ids_and_ids_of_objects_are_told_apart_by_the_study(opened, tmp_path):
    np.save(tmp_path / "m.npy", BLOCKS)
    mask, instance = opened(tmp_path / "m.npy", labels="class", classes=("a", "b"))
    assert np.array_equal(mask, BLOCKS)
    assert instance.max() == 2
    mask, instance = opened(tmp_path / "m.npy", labels="instance")
    assert np.array_equal(mask, BLOCKS > 0)
    assert np.array_equal(instance, BLOCKS)
    with pytest.raises(SlideError, match="either classes or ids of objects"):
        opened(tmp_path / "m.npy", classes=())


def test_a_fold_has_a_path_for_each_image(opened, tmp_path):
    masks = fold()
    np.save(tmp_path / "masks.npy", masks)
    paths = members(tmp_path / "masks.npy")
    assert [path.name for path in paths] == ["000000", "000001", "000002"]
    for place, path in enumerate(paths):
        mask, instance = opened(path, classes=NAMES)
        assert np.array_equal(mask == 1, masks[place, ..., 0] > 0)
        assert np.array_equal(mask == 4, masks[place, ..., 3] > 0)
        assert np.unique(instance[mask == 1]).tolist() == [5 + place]
        assert np.unique(instance[mask == 4]).tolist() == [5 + place + 2]  # no id of another class


def test_channels_may_be_put_together(opened, tmp_path):
    np.save(tmp_path / "masks.npy", fold())
    values = {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 0}
    mask, instance = opened(members(tmp_path / "masks.npy")[0], values=values)
    assert np.unique(mask).tolist() == [0, 1]
    assert len(np.unique(instance)) == 3


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ((), "6 channels of classes without names"),
        (("a", "b"), "values of no class: 3, 4, 5, 6; found 1, 2"),
    ],
)
def test_channels_that_do_not_fit_the_classes_are_an_error(opened, tmp_path, classes, told):
    np.save(tmp_path / "masks.npy", fold())
    with pytest.raises(SlideError, match=told):
        opened(members(tmp_path / "masks.npy")[0], classes=classes)


def test_python_objects_are_never_loaded(opened, tmp_path):
    np.save(tmp_path / "m.npy", np.array({"inst_map": BLOCKS}, object), allow_pickle=True)
    with pytest.raises(SlideError, match="never loaded") as caught:
        opened(tmp_path / "m.npy")
    assert "scipy.io.savemat" in caught.value.fix
    assert "astype(str)" in caught.value.fix


def test_a_fold_of_images_is_read_image_by_image(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 20, 3)).astype(np.float64)
    np.save(tmp_path / "images.npy", images)
    paths = Slide(slide_id="f", path=str(tmp_path / "images.npy")).images()
    assert len(paths) == 4
    reader = open_image(paths[2])
    assert reader.levels == [(20, 16)]
    assert np.array_equal(reader.read(0, 3, 2, 10, 8), images[2, 2:10, 3:13].astype(np.uint8))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (np.full((8, 8, 3), 0.5), "values from 0.5 to 0.5"),
        (np.full((8, 8, 3), 300), "values from 300 to 300"),
        (np.zeros((8, 8, 4), np.uint8), r"an array \(8, 8, 4\) of uint8"),
        (np.full((8, 8), "x"), "expected numbers"),
    ],
)
def test_an_array_that_is_no_image_is_refused(tmp_path, values, told):
    np.save(tmp_path / "image.npy", values)
    with pytest.raises(SlideError, match=told):
        open_image(tmp_path / "image.npy")


def test_labels_with_python_objects_are_refused_with_what_to_do(opened, real_data):
    path = next((real_data / "nuc_cellvitpp_testdb").rglob("labels/*.npy"))
    with pytest.raises(SlideError, match="never loaded") as caught:
        opened(path)
    assert caught.value.where == str(path)
