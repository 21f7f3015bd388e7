from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Member
from pipeline.core.errors import ProductError
from pipeline.core.store.store import write_store
from pipeline.core.text.captions import Captions, require_all

XY = np.array([[0, 0], [64, 0], [0, 64], [64, 64]])
WHOLE = {"templates": [], "partial": False}


@pytest.fixture
def member(tmp_path):
    """Four tiles: stroma, tumour, none, tumour."""
    columns = {"xy": XY, "tissue": np.ones(4, np.float32), "label": np.array([0, 1, -1, 1], np.int16)}
    images = np.zeros((4, 8, 8, 3), np.uint8)
    write_store(tmp_path / "a.zarr", [images], columns, {"label_names": ["stroma", "tumour"]}, size=8)
    return Member("A1-HE", "A1", "siteA", "HE", "train", "", tmp_path / "a.zarr", 4)


def of(member, *templates):
    return Captions({"templates": list(templates), "partial": False}).of(member)


def test_templates_take_turns_and_a_tile_without_a_class_has_none(member):
    assert of(member, "{label} from {site}", "an {stain} tile") == [
        ("stroma from siteA", "an HE tile"),
        ("tumour from siteA", "an HE tile"),
        (),
        ("tumour from siteA", "an HE tile"),
    ]


def test_without_the_class_every_tile_has_the_caption_of_its_slide(member):
    assert of(member, "{slide_id} of {patient_id}") == [("A1-HE of A1",)] * 4
    assert of(replace(member, site=""), "from {site}") == [()] * 4


def test_a_file_of_tiles(member, tmp_path):
    path = tmp_path / "captions.csv"
    path.write_text("slide_id,x,y,caption\nA1-HE,64,0,dark\nA1-HE,0,64,pale\n")
    assert Captions(WHOLE, path).of(member) == [(), ("dark",), ("pale",), ()]


def test_tiles_without_a_caption_are_told_by_slide():
    said = {"A1": [("pale",), ()], "A2": [("dark",)] * 2, "A3": [(), ()]}
    with pytest.raises(ProductError, match=r"3 of 6 training tiles have no caption; of slides A1 \(1 of 2\), A3") as e:
        require_all(said, "classes")
    assert e.value.where == "params.yaml: pretrain.captions.classes"
    assert "partial: true" in e.value.fix
    require_all({"A2": said["A2"]}, "classes")


def test_a_label_that_no_store_has(member, tmp_path):
    columns = {"xy": XY[:1], "tissue": np.ones(1, np.float32)}
    write_store(Path(tmp_path / "b.zarr"), [np.zeros((1, 8, 8, 3), np.uint8)], columns, {}, size=8)
    assert of(replace(member, store=tmp_path / "b.zarr", tiles=1), "{label}") == [()]
