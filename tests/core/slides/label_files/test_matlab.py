import numpy as np
import pytest
from scipy.io import savemat

from pipeline.core.errors import SlideError

IDS = np.zeros((20, 24))
IDS[2:8, 2:8], IDS[10:16, 10:16], IDS[2:5, 18:22] = 4, 9, 7
TYPES = np.select([IDS == 4, IDS == 9, IDS == 7], [1, 3, 2], 0)


def saved(path, **maps):
    savemat(path, maps)
    return path


def test_a_map_of_classes_says_what_objects_are(opened, tmp_path):
    mask, instance = opened(saved(tmp_path / "m.mat", inst_map=IDS, type_map=TYPES), classes="abc")
    assert np.array_equal(mask, TYPES)
    assert np.array_equal(instance, IDS)


@pytest.mark.parametrize(
    "maps",
    [
        {"inst_type": np.array([[1], [2], [3]])},  # of ids in ascending order: 4, 7, 9
        {"inst_type": np.array([3, 1, 2]), "inst_uid": np.array([9, 4, 7])},
        {"class": np.array([[2], [3], [1], [1]]), "id": np.array([[7], [9], [4], [12]])},
    ],
)
def test_classes_may_be_said_object_by_object(opened, tmp_path, maps):
    mask, instance = opened(saved(tmp_path / "m.mat", inst_map=IDS, **maps), classes="abc")
    assert np.array_equal(mask, TYPES)
    assert np.array_equal(instance, IDS)


def test_classes_may_be_put_together(opened, tmp_path):
    path = saved(tmp_path / "m.mat", inst_map=IDS, type_map=TYPES)
    mask, instance = opened(path, classes=("other", "rare"), values={0: 0, 1: 1, 2: 1, 3: 2})
    assert np.array_equal(mask, np.select([TYPES == 3, TYPES > 0], [2, 1], 0))
    assert np.array_equal(instance, IDS)


def test_a_pixel_is_of_an_object_and_a_class_or_of_neither(opened, tmp_path):
    path = saved(tmp_path / "m.mat", inst_map=IDS, type_map=np.where(IDS == 7, 0, TYPES) + (IDS == 0))
    mask, instance = opened(path, classes="abc")
    assert np.array_equal(mask > 0, (IDS > 0) & (IDS != 7))
    assert np.array_equal(instance > 0, mask > 0)


def test_objects_without_a_class_are_of_the_only_one(opened, tmp_path):
    path = saved(tmp_path / "m.mat", inst_map=IDS)
    assert np.array_equal(opened(path)[0], IDS > 0)
    with pytest.raises(SlideError, match="objects without a class, which may be a or b"):
        opened(path, classes="ab")


@pytest.mark.parametrize(
    ("maps", "told"),
    [
        ({"other": IDS}, "no map 'inst_map'; it has none that is known"),
        ({"inst_map": IDS, "type_map": TYPES[1:]}, "'type_map' is 19 x 24, expected 20 x 24"),
        ({"inst_map": IDS, "inst_type": np.ones((2, 1))}, "'inst_type' is 2 x 1, expected 3"),
        ({"inst_map": IDS, "type_map": TYPES + 5}, "values of no class: 5, 6, 7, 8"),
    ],
)
def test_maps_that_do_not_fit_say_so(opened, tmp_path, maps, told):
    with pytest.raises(SlideError, match=told):
        opened(saved(tmp_path / "m.mat", **maps), classes="abc")


def test_a_file_of_another_kind_is_refused(opened, tmp_path):
    (tmp_path / "m.mat").write_text("no")
    with pytest.raises(SlideError, match="cannot read the maps"):
        opened(tmp_path / "m.mat")
