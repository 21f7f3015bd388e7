from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.errors import ProductError
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import write_store
from pipeline.core.tasks.annotation import Annotation
from pipeline.core.tasks.instance_count import InstanceCount
from pipeline.core.tasks.stain import Stain
from pipeline.core.tasks.stain_share import StainShare
from pipeline.core.tasks.task import has_target


def member(
    folder: Path,
    slide: str,
    stain="HE",
    partner="",
    *,
    label=None,
    names=(),
    images=None,
    split="train",
    counts=None,
    instance=None,
):
    images = np.zeros((3, 4, 4, 3), np.uint8) if images is None else images
    columns = {"xy": np.zeros((len(images), 2), np.int64)}
    if label is not None:
        columns["label"] = np.array(label, np.int16)
    if counts is not None:
        columns["histogram"] = counts
    blocks, arrays = {"image": images}, {"image": TileArray(str(images.dtype))}
    if instance is not None:
        blocks["instance"], arrays["instance"] = instance, TileArray(str(instance.dtype), None)
    write_store(folder / f"{slide}.zarr", [blocks], columns, {"label_names": list(names)}, size=4, arrays=arrays)
    return Member(slide, slide, "A", stain, split, partner, folder / f"{slide}.zarr", len(images))


def test_annotations_are_merged_by_name(tmp_path):
    one = member(tmp_path, "one", label=[0, 1, -1], names=["tumour", "stroma"])
    two = member(tmp_path, "two", label=[1, -1, 0], names=["fat", "tumour"])
    three = member(tmp_path, "three")
    labels = Annotation({"kind": "annotation"}).targets(Cohort([one, two, three]), [one, two, three])
    assert labels.names == ("fat", "stroma", "tumour")
    assert labels.rows["one"].tolist() == [2, 1, -1]
    assert labels.rows["two"].tolist() == [2, -1, 0]
    assert labels.rows["three"].tolist() == [-1, -1, -1]


@pytest.fixture
def stained(tmp_path):
    """A slide whose partner has 0, 2 and 3 of 16 bright pixels, and one without a partner."""
    images = np.zeros((3, 4, 4, 3), np.uint8)
    images[1, 0, :2, 1], images[2, 0, :3, 1] = 200, 200
    source, partner = member(tmp_path, "he"), member(tmp_path, "ck", "CK", "he", images=images)
    alone = member(tmp_path, "alone")
    return Cohort([source, partner, alone]), [source, alone]


SECTION = {"stain": "CK", "channel": 1, "threshold": 199}


def test_a_stain_task_is_the_share_of_bright_pixels(stained):
    labels = Stain({"kind": "stain", **SECTION, "fraction": 2 / 16}).targets(*stained)
    assert labels.rows["he"].tolist() == [0, 0, 1]
    assert labels.rows["alone"].tolist() == [-1, -1, -1]
    assert labels.rows["alone"].dtype == labels.rows["he"].dtype == np.int64
    assert labels.names == ("CK negative", "CK positive")
    assert not Stain.continuous


def test_a_stain_share_is_a_value_and_has_no_classes(stained):
    targets = StainShare({"kind": "stain_share", **SECTION}).targets(*stained)
    assert targets.rows["he"].tolist() == [0, 2 / 16, 3 / 16]
    assert np.isnan(targets.rows["alone"]).all()
    assert targets.names == ()
    assert StainShare.continuous


def halves(tiles=3):
    """Counts of tiles of which half is 0 and half is 255 in every channel, such as a checkerboard's."""
    counts = np.zeros((tiles, 3, 256), np.uint32)
    counts[..., [0, 255]] = 32
    return counts


def test_positive_pixels_are_those_that_were_read_where_the_store_has_counted_them(tmp_path):
    grey = np.full((3, 4, 4, 3), 128, np.uint8)  # a checkerboard, averaged
    he, counted = member(tmp_path, "he"), member(tmp_path, "ck", "CK", "he", images=grey, counts=halves())
    other, pixels = member(tmp_path, "he2"), member(tmp_path, "ck2", "CK", "he2", images=grey)
    cohort = Cohort([he, counted, other, pixels])
    for threshold, share in ((0, 1.0), (127, 1.0), (128, 0.0), (254, 0.0)):
        found = StainShare({**SECTION, "threshold": threshold}).targets(cohort, [he, other])
        assert found.rows["he"].tolist() == [0.5] * 3
        assert found.rows["he2"].tolist() == [share] * 3
        assert found.threshold == threshold


def dim(value):
    """Tiles of which a half is black and a half has a value in channel 1."""
    images = np.zeros((3, 4, 4, 3), np.uint8)
    images[:, :2, :, 1] = value
    return images


def test_an_automatic_threshold_is_that_of_the_training_patients(tmp_path):
    pairs = [
        (
            member(tmp_path, name, split=split),
            member(tmp_path, f"{name}-ck", "CK", name, images=dim(value), split=split),
        )
        for name, split, value in (("a", "train", 40), ("b", "train", 40), ("c", "test", 250), ("d", "val", 5))
    ]
    cohort, slides = Cohort([m for pair in pairs for m in pair]), [he for he, _ in pairs]
    found = StainShare({**SECTION, "threshold": "auto"}).targets(cohort, slides)
    assert 0 <= found.threshold < 40
    assert [found.rows[name].tolist() for name in "abcd"] == [
        [0.5] * 3,
        [0.5] * 3,
        [0.5] * 3,
        [0.5 * (found.threshold < 5)] * 3,
    ]
    alone = StainShare({**SECTION, "threshold": "auto"}).targets(cohort, slides[2:3])
    assert alone.threshold == found.threshold  # whoever is asked about
    classes = Stain({**SECTION, "threshold": "auto", "fraction": 0.4}).targets(cohort, slides)
    assert (classes.threshold, classes.rows["a"].tolist()) == (found.threshold, [1] * 3)


def test_an_automatic_threshold_of_counted_pixels(tmp_path):
    he, ck = member(tmp_path, "he"), member(tmp_path, "ck", "CK", "he", counts=halves())
    found = StainShare({**SECTION, "threshold": "auto"}).targets(Cohort([he, ck]), [he])
    assert found.rows["he"].tolist() == [0.5] * 3


def test_an_automatic_threshold_needs_a_training_patient(tmp_path):
    he, ck = member(tmp_path, "he", split="test"), member(tmp_path, "ck", "CK", "he", split="test")
    with pytest.raises(ProductError, match="no training patient has a slide of CK"):
        StainShare({**SECTION, "threshold": "auto"}).targets(Cohort([he, ck]), [he])


def test_of_16_bits_the_upper_eight_are_compared(tmp_path):
    images = dim(200).astype(np.uint16) << 8
    he, ck = member(tmp_path, "he"), member(tmp_path, "ck", "CK", "he", images=images)
    found = StainShare({**SECTION, "threshold": 199}).targets(Cohort([he, ck]), [he])
    assert found.rows["he"].tolist() == [0.5] * 3


def test_instances_are_counted_by_their_ids(tmp_path):
    instance = np.zeros((3, 4, 4), np.uint16)
    instance[1, :, :] = [7, 7, 9, 0]  # two, each in many pixels
    instance[2] = np.arange(1, 17).reshape(4, 4)  # no background
    he, alone = member(tmp_path, "he"), member(tmp_path, "alone")
    nuclei = member(tmp_path, "n", "nuclei", "he", instance=instance)
    task = InstanceCount({"kind": "count", "stain": "nuclei"})
    found = task.targets(Cohort([he, alone, nuclei]), [he, alone])
    assert found.rows["he"].tolist() == [0, 2, 16]
    assert found.rows["he"].dtype == np.float64
    assert np.isnan(found.rows["alone"]).all()
    assert (found.names, found.threshold, task.continuous) == ((), None, True)


def test_a_stain_without_instances_cannot_be_counted(tmp_path):
    he, ck = member(tmp_path, "he"), member(tmp_path, "ck", "CK", "he")
    with pytest.raises(ProductError, match="ck has no instances to count"):
        InstanceCount({"kind": "count", "stain": "CK"}).targets(Cohort([he, ck]), [he])


def test_a_tile_has_a_target_where_it_has_a_class_or_a_value():
    assert has_target(np.array([-1, 0, 1])).tolist() == [False, True, True]
    assert has_target(np.array([np.nan, 0.0])).tolist() == [False, True]
