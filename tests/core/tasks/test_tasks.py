from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.store.store import write_store
from pipeline.core.tasks.annotation import Annotation
from pipeline.core.tasks.stain import Stain
from pipeline.core.tasks.stain_share import StainShare
from pipeline.core.tasks.task import has_target


def member(folder: Path, slide: str, stain="HE", partner="", label=None, names=(), images=None):
    images = np.zeros((3, 4, 4, 3), np.uint8) if images is None else images
    columns = {"xy": np.zeros((len(images), 2), np.int64)}
    if label is not None:
        columns["label"] = np.array(label, np.int16)
    write_store(folder / f"{slide}.zarr", [images], columns, {"label_names": list(names)}, size=4)
    return Member(slide, slide, "A", stain, "train", partner, folder / f"{slide}.zarr", len(images))


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


def test_a_tile_has_a_target_where_it_has_a_class_or_a_value():
    assert has_target(np.array([-1, 0, 1])).tolist() == [False, True, True]
    assert has_target(np.array([np.nan, 0.0])).tolist() == [False, True]
