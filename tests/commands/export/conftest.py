"""Slides that were cut, ready to be exported."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.core.files import read_json
from pipeline.core.store.store import TileStore
from pipeline.engine.run import run
from tests.conftest import row, tile_job


@pytest.fixture(scope="session")
def cut_once(tmp_path_factory, phantoms):
    """A study folder in which A1-HE and B1-HE are complete and C1-HE is quarantined."""
    folder = tmp_path_factory.mktemp("cohort")
    slides = {
        "A1-HE": {"annotations": str(phantoms / "A1-HE.geojson")},
        "B1-HE": {"mpp": 0.499, "split": "test"},
        "C1-HE": {"mpp": 3.0},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, more in slides.items():
            run(tile_job(row(name, phantoms / "A1-HE.tif", **more)))
    return folder


@pytest.fixture
def cohort(study, cut_once):
    """The current folder is a copy of ``cut_once``; its manifests by slide."""
    shutil.copytree(cut_once, study, dirs_exist_ok=True)
    return {name: read_json(Path(f"data/tiles/{name}.json")) for name in ("A1-HE", "B1-HE", "C1-HE")}


@pytest.fixture
def folder_slide(cut, tmp_path, tissue_like):
    """The manifest of a complete slide that is a folder of two images."""
    (tmp_path / "images").mkdir()
    for place in range(2):
        Image.fromarray(tissue_like(128, seed=place)).save(tmp_path / "images" / f"{place}.png")
    manifest = cut(row("many", tmp_path / "images", mpp=1.0))
    assert manifest["tiles"] == 8
    return manifest


def tiles_of(manifest):
    return TileStore(Path(manifest["store"]))


def attributes(data):
    """The attributes of a data set, arrays as lists."""
    return {name: np.asarray(value).tolist() for name, value in data.attrs.items()}
