from pathlib import Path

import pytest

from pipeline.study.jobs import tile_jobs
from pipeline.study.layout import COORDINATES, coordinates_of
from pipeline.study.study import parse_study

from .test_cohort_check import PARAMS, SLIDES


def inputs(folder):
    """What the tile job of each slide reads beside its image."""
    study = parse_study({**PARAMS, "tile": {"coordinates": str(folder)}})
    slides = {name: slide.changed(path=f"{folder}/none.svs") for name, slide in SLIDES.items()}
    jobs = [job for job in tile_jobs(study, slides) if job.rule == "tile"]
    return {job.key[0]: [path.as_posix() for path in job.inputs] for job in jobs}


def test_coordinates_are_an_input_of_the_slide_they_are_of(tmp_path):
    for name in ("a.h5", "b_patches.h5", "a-IHC.h5"):
        (tmp_path / name).touch()
    found = inputs(tmp_path)
    assert found["a"] == [f"{tmp_path}/a.h5"]
    assert found["b"] == ["b.geojson", f"{tmp_path}/b_patches.h5"]
    assert found["a-IHC"] == ["data/tiles/a.json"]  # it takes its partner's
    assert found["c"] == []


@pytest.mark.parametrize("name", COORDINATES)
def test_coordinates_are_found_where_trident_and_clam_put_them(tmp_path, name):
    path = tmp_path / name.format("s.1")
    path.parent.mkdir(exist_ok=True)
    assert coordinates_of(str(tmp_path), "s.1") is None
    path.touch()
    assert coordinates_of(str(tmp_path), "s.1") == Path(path)
