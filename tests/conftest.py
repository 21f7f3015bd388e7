"""Small slides for every test; property tests try the same cases in every run: what passed once passes again."""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import settings

from pipeline.core.files import read_json
from pipeline.core.job import Job
from pipeline.engine.run import run
from tests.phantom.jobs import phantom_job, write_phantom

settings.register_profile("same", derandomize=True)
settings.load_profile("same")

SHARES = {"min_tissue": 0.5, "max_tissue": 1.0, "min_label": 0.5}
GIVEN = {"within": [], "pens": True, "channels": {}, "coordinates": ""}
TILE = {"mpp": 1.0, "size": 64, "stride": 64, **SHARES, **GIVEN}


def row(slide, path, **more):
    """A sheet row as a job's spec holds it."""
    given = {"slide_id": slide, "path": str(path), "patient_id": "A1", "site": "siteA", "stain": "HE", "split": "train"}
    empty = {"mpp": None, "label": "", "annotations": "", "paired_with": ""}
    return {**given, **empty, **more}


PHANTOM = {"slide": ".tif", "annotations": ".geojson", "truth": ".truth.json", "instances": ".instances.tif"}
TILES = {"store": ".zarr", "thumbnail": ".png", "contours": ".tissue.geojson"}


def outputs(folder, slide, endings):
    """What a job writes beside its manifest, as the plan names it."""
    return {"manifest": folder / f"{slide}.json", **{n: folder / f"{slide}{end}" for n, end in endings.items()}}


def tile_job(sheet, *, partner="", given=None, truth=None, instances=None, **spec):
    """The job that cuts a slide; ``partner`` is a slide_id, ``given``, ``truth`` and ``instances`` are files."""
    slide, files = sheet["slide_id"], {"coordinates": given, "truth": truth, "instances": instances}
    files |= {"annotations": sheet["annotations"], "partner": partner and f"data/tiles/{partner}.json"}
    inputs = {name: Path(path) for name, path in files.items() if path}
    code = {"maker": "pipeline.tile.tiles:make_tiles"}
    made = outputs(Path("data/tiles"), slide, TILES)
    return Job("tile", "tile", (slide,), code, inputs, made, {**TILE, **spec, "slide": sheet})


@pytest.fixture
def study(tmp_path, monkeypatch):
    """An empty study folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "tiles").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def cut(study):
    """Runs a tile job; returns its manifest as it lies there."""

    def make(sheet, **more):
        job = tile_job(sheet, **more)
        run(job)
        return read_json(job.manifest)

    return make


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory):
    """Folder of one registered triple: A1-HE, A1-IHC, A1-nuclei, of 1024 px."""
    folder = tmp_path_factory.mktemp("phantom")
    for stain in ("HE", "IHC", "nuclei"):
        paired = "" if stain == "HE" else "A1-HE"
        write_phantom(phantom_job(folder, f"A1-{stain}", stain=stain, paired_with=paired))
    return folder


@pytest.fixture
def write_tiff(tmp_path):
    """Writes a lossless one-level TIFF with a resolution; returns its path."""

    def write(image, mpp=0.5, name="slide.tif", **more):
        path = tmp_path / name
        per_cm = {} if mpp is None else {"resolution": (1e4 / mpp, 1e4 / mpp), "resolutionunit": "CENTIMETER"}
        tifffile.imwrite(path, image, metadata=None, **per_cm, **more)
        return path

    return write


@pytest.fixture
def tissue_like():
    """A picture that is tissue all over: uint8 (side, side, 3), smooth and purple."""

    def make(side, seed=0):
        rng = np.random.default_rng(seed)
        noise = rng.integers(-30, 30, (side, side, 1))
        return np.clip(np.array([170, 90, 160]) + noise, 0, 255).astype(np.uint8)

    return make


@pytest.fixture(scope="session")
def real_data():
    """The folder of real files; tests that want it skip where it is not."""
    folder = os.environ.get("SYNPRIV_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SYNPRIV_TEST_DATA names no folder of real data")
    return Path(folder)
