from pathlib import Path

import pytest

from pipeline.core.cohort.preparation import prepared
from pipeline.core.manifests.card import Preparation, Tiling
from pipeline.study.normalize import METHODS
from pipeline.study.normalizer import Normalizer
from pipeline.study.preparation import preparation
from pipeline.study.study import parse_study
from pipeline.study.tile import Tile

MACENKO = {"io": 240.0, "offset": 0.0, "beta": 0.15, "alpha": 1.0, "mask": "mean"}


def test_what_tiles_and_colours_depend_on_is_asked_for():
    section = {"mpp": 0.25, "size": 224, "stride": 112, "min_tissue": 0.7, "pens": False}
    study = parse_study({"seed": 7, "tile": section, "normalize": {"options": {"io": 240.0}}})
    assert preparation(study, "HE") == {
        "stain": "HE",
        "tiling": {**section, "max_tissue": 1.0, "channels": None, "within": [], "coordinates": False},
        "staining": {"method": "macenko", "options": MACENKO, "seed": 7},
    }


@pytest.mark.parametrize("content", [{"normalize": {"method": "none"}}, {"normalize": {"stains": ["IHC"]}}])
def test_a_stain_that_is_not_normalised_has_no_staining(content):
    assert preparation(parse_study(content), "HE")["staining"] is None


def test_where_tiles_were_kept_and_who_placed_them_is_asked_for():
    tiling = preparation(parse_study({"tile": {"within": ["tumour"], "coordinates": "trident"}}), "HE")["tiling"]
    assert (tiling["within"], tiling["coordinates"]) == (["tumour"], True)


def test_a_normaliser_that_was_trained_is_named_without_a_reference(monkeypatch):
    monkeypatch.setitem(METHODS, "learned", Normalizer("a:B", "B", learner="a:C"))
    asked = preparation(parse_study({"normalize": {"method": "learned"}}), "HE")
    assert asked["staining"] == {"method": "learned", "options": {}, "seed": 0, "reference": {}}
    assert prepared(asked, Path("nowhere.json")).staining is not None


def test_channels_of_the_stain_are_asked_for():
    study = parse_study({"stains": {"mIHC": {"kind": "fluorescence", "channels": [2, 0, 1]}}})
    assert preparation(study, "mIHC")["tiling"]["channels"] == [2, 0, 1]


def test_pictures_of_electrons_are_prepared_as_they_were_cut():
    tiling = preparation(parse_study({"stains": {"SEM": {"kind": "electron", "invert": True}}}), "SEM")["tiling"]
    assert (tiling["searched"], tiling["invert"]) == (False, True)
    assert Preparation(stain="SEM", tiling=Tiling(**tiling)).tiling.invert


def test_a_foreign_encoder_gets_the_usual_tissue():
    usual, asked = Tile(), Tiling(mpp=0.5, size=256, stride=256)
    assert (asked.min_tissue, asked.max_tissue, asked.pens) == (usual.min_tissue, usual.max_tissue, usual.pens)
    assert Preparation(stain="HE", tiling=asked).staining is None
