from pathlib import Path

import pytest

from pipeline.core.slides.slide import Slide
from pipeline.study.study import parse_study
from pipeline.study.tile import COORDINATES, coordinates_of, jobs

from .test_need import PARAMS, SLIDES


def inputs(folder):
    """What the tile job of each slide reads beside its image."""
    study = parse_study({**PARAMS, "tile": {"coordinates": str(folder)}})
    slides = {name: slide.changed(path=f"{folder}/none.svs") for name, slide in SLIDES.items()}
    cut = [job for job in jobs(study, slides) if job.rule == "tile"]
    return {job.key[0]: {name: path.as_posix() for name, path in job.inputs.items()} for job in cut}


def test_coordinates_are_an_input_of_the_slide_they_are_of(tmp_path):
    for name in ("a.h5", "b_patches.h5", "a-IHC.h5"):
        (tmp_path / name).touch()
    found = inputs(tmp_path)
    assert found["a"] == {"coordinates": f"{tmp_path}/a.h5"}
    assert found["b"] == {"annotations": "b.geojson", "coordinates": f"{tmp_path}/b_patches.h5"}
    assert found["a-IHC"] == {"partner": "data/tiles/a.json"}  # it takes its partner's
    assert found["c"] == {}


def test_who_is_made_with_instances_is_cut_with_them():
    params = {**PARAMS, "tile": {"phantom": {}}, "stains": {"CK": {"kind": "mask"}, "IHC": {"kind": "light"}}}
    slides = {name: slide.changed(path=f"data/phantom/{name}.tif") for name, slide in SLIDES.items()}
    slides["n"] = slides["a-IHC"].changed(slide_id="n", stain="nuclei", path="data/phantom/n.tif")
    planned = list(jobs(parse_study(params), slides))
    made = {job.key[0]: job.spec["masks"] for job in planned if job.rule == "tile_phantom"}
    cut = {job.key[0]: "instances" in job.inputs for job in planned if job.rule == "tile"}
    assert made == cut == {"a": False, "a-IHC": False, "b": False, "b-CK": True, "c": True, "n": True}


def test_a_declared_kind_overrules_the_name():
    params = {**PARAMS, "tile": {"phantom": {}}, "stains": {"nuclei": {"kind": "light"}}}
    slides = {"c": SLIDES["c"].changed(stain="nuclei", path="data/phantom/c.tif")}
    made, cut, _ = jobs(parse_study(params), slides)
    assert not made.spec["masks"]
    assert "instances" not in cut.inputs


def test_coordinates_may_be_named_after_the_file(tmp_path):
    (tmp_path / "scan 7.h5").touch()
    slide = Slide(slide_id="s7", path="x/scan 7.svs")
    assert coordinates_of(str(tmp_path), slide) == tmp_path / "scan 7.h5"


@pytest.mark.parametrize("name", COORDINATES)
def test_coordinates_are_found_where_trident_and_clam_put_them(tmp_path, name):
    path = tmp_path / name.format("s.1")
    path.parent.mkdir(exist_ok=True)
    slide = Slide(slide_id="s.1", path="x.svs")
    assert coordinates_of(str(tmp_path), slide) is None
    path.touch()
    assert coordinates_of(str(tmp_path), slide) == Path(path)


def test_values_are_counted_of_fluorescence_that_is_registered():
    params = {**PARAMS, "stains": {"CK": {"kind": "fluorescence"}}}
    cut = {job.key[0]: job.spec["histogram"] for job in jobs(parse_study(params), SLIDES) if job.rule == "tile"}
    assert cut == {"a": False, "a-IHC": False, "b": False, "b-CK": True, "c": False}  # c is registered to nothing
