from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.cohort.labels import read_labels
from pipeline.core.errors import ProductError
from pipeline.core.store.store import write_store


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
    labels = read_labels(Cohort([one, two, three]), {"kind": "annotation"}, [one, two, three])
    assert labels.names == ("fat", "stroma", "tumour")
    assert labels.rows["one"].tolist() == [2, 1, -1]
    assert labels.rows["two"].tolist() == [2, -1, 0]
    assert labels.rows["three"].tolist() == [-1, -1, -1]


def test_a_stain_task_is_the_share_of_bright_pixels(tmp_path):
    images = np.zeros((3, 4, 4, 3), np.uint8)
    images[1, 0, :2, 1], images[2, 0, :3, 1] = 200, 200  # 2 and 3 of 16 pixels
    source, partner = member(tmp_path, "he"), member(tmp_path, "ck", "CK", "he", images=images)
    alone = member(tmp_path, "alone")
    task = {"kind": "stain", "stain": "CK", "channel": 1, "threshold": 199, "fraction": 2 / 16}
    labels = read_labels(Cohort([source, partner, alone]), task, [source, alone])
    assert labels.rows["he"].tolist() == [0, 0, 1]
    assert labels.rows["alone"].tolist() == [-1, -1, -1]
    assert labels.names == ("CK negative", "CK positive")


def test_the_primary_stain_is_the_one_others_are_registered_to(tmp_path):
    source, partner = member(tmp_path, "a", "PAS"), member(tmp_path, "b", "HE", "a")
    assert Cohort([source, partner]).primary == "PAS"
    assert Cohort([member(tmp_path, "c", "HE"), member(tmp_path, "d", "IHC")]).primary == "HE"


def test_an_ambiguous_primary_stain_is_an_error(tmp_path):
    with pytest.raises(ProductError, match="several stains could be the primary one: CK, PAS"):
        Cohort([member(tmp_path, "c", "CK"), member(tmp_path, "d", "PAS")]).primary  # noqa: B018
