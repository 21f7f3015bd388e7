import numpy as np
import pytest
from PIL import Image

from pipeline.core.errors import SlideError
from pipeline.core.slides.label_files import read_labels
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.slide import Slide


def write(folder, *boxes, shape=(24, 30)):
    folder.mkdir(parents=True)
    for number, box in enumerate(boxes):
        values = np.zeros(shape, np.uint8)
        values[box] = 255
        Image.fromarray(values).save(folder / f"{number}.png")
    return folder


def test_every_picture_is_an_object_and_a_later_one_lies_above(opened, tmp_path):
    folder = write(tmp_path / "masks", np.s_[2:8, 2:8], np.s_[6:12, 6:12])
    mask, instance = opened(folder, labels="objects")
    assert (instance[3, 3], instance[7, 7], instance[10, 10], instance[20, 20]) == (1, 2, 2, 0)
    assert np.array_equal(mask, instance > 0)


def test_every_folder_of_a_pattern_is_an_image(tmp_path):
    for name in "ba":
        write(tmp_path / name / "masks", np.s_[2:8, 2:8])
    slide = Slide(slide_id="s", path=str(tmp_path / "*/masks"))
    labelling = Labelling("nuclei", "objects", ("nucleus",), {}, "")
    assert labelling.images(slide) == [tmp_path / "a/masks", tmp_path / "b/masks"]
    assert labelling.files(slide) == [tmp_path / "a/masks/0.png", tmp_path / "b/masks/0.png"]


def test_an_image_without_objects_is_empty(opened, tmp_path):
    mask, instance = opened(write(tmp_path / "masks"), labels="objects", frame=Frame(0.5, (30, 24)))
    assert mask.shape == (24, 30)
    assert not instance.any()


def test_an_image_without_objects_is_empty_though_its_size_is_not_known_yet(tmp_path):
    labelling = Labelling("nuclei", "objects", ("nucleus",), {}, "")
    labels = read_labels(write(tmp_path / "masks"), labelling, Frame(0.5, None))
    assert not labels.sized
    assert not labels.read(0, 0, 0, 4, 4).any()


def test_a_folder_of_other_files_is_no_image_without_objects(opened, tmp_path):
    (write(tmp_path / "masks") / "a.xml").touch()
    with pytest.raises(SlideError, match=r"no picture of an object; it holds a\.xml") as caught:
        opened(tmp_path / "masks", labels="objects", frame=Frame(0.5, (30, 24)))
    assert "folder/*.xml" in caught.value.fix


def test_pictures_that_change_values_are_no_objects(opened, tmp_path):
    Image.new("L", (9, 9)).save(write(tmp_path / "masks") / "a.jpg")
    with pytest.raises(SlideError, match="whose values packing changes"):
        opened(tmp_path / "masks", labels="objects")


def test_pictures_of_two_sizes_are_refused(opened, tmp_path):
    folder = write(tmp_path / "masks", np.s_[2:8, 2:8])
    Image.new("L", (9, 9)).save(folder / "z.png")
    with pytest.raises(SlideError, match="9 x 9 px, expected 30 x 24") as caught:
        opened(folder, labels="objects")
    assert caught.value.where.endswith("z.png")


def test_a_picture_that_is_no_folder_says_nothing_of_objects(opened, tmp_path):
    Image.new("L", (9, 9)).save(tmp_path / "m.png")
    with pytest.raises(SlideError, match="either classes or ids of objects"):
        opened(tmp_path / "m.png", labels="objects")


def test_a_folder_that_is_empty_is_of_no_size(opened, tmp_path):
    with pytest.raises(SlideError, match="no picture of an object"):
        opened(write(tmp_path / "masks"), labels="objects")


def test_a_stain_of_objects_may_have_other_files(tmp_path):
    (tmp_path / "a.xml").touch()
    labelling = Labelling("nuclei", "objects", ("nucleus",), {}, "")
    assert labelling.images(Slide(slide_id="s", path=str(tmp_path / "*.xml"))) == [tmp_path / "a.xml"]


def test_nuclei_of_the_data_science_bowl_are_read(opened, real_data):
    folder = next((real_data / "nuc_dsb2018_fixed/stage1_train").iterdir()) / "masks"
    instance = opened(folder, labels="objects")[1]
    files = sorted(folder.glob("*.png"))
    assert instance.max() == len(files)
    assert np.array_equal(instance > 0, np.any([np.asarray(Image.open(file)) > 0 for file in files], axis=0))
