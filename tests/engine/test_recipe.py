from pathlib import Path

import pytest

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.core.manifests.manifest import Manifest
from pipeline.engine import file_digests
from pipeline.engine.file_digests import LARGE
from pipeline.engine.recipe import made_with, recipe
from pipeline.engine.run import run

CODE = {"maker": f"{__name__}:make"}
SLIDE, MANIFEST = Path("slide.tif"), Path("a.json")


def make(job):
    return Manifest()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    SLIDE.write_bytes(bytes(LARGE))


@pytest.fixture
def job():
    return Job("tile", "tile", ("a",), CODE, {"slide": SLIDE}, {"manifest": MANIFEST}, {"mpp": 1.0})


def test_an_input_that_is_missing_is_told(job):
    SLIDE.unlink()
    with pytest.raises(ProductError, match="missing") as error:
        recipe(job)
    assert error.value.where == "slide.tif"


def test_a_slide_is_read_once_however_often_its_digest_is_asked_for(job, monkeypatch):
    monkeypatch.setattr(file_digests, "SETTLED", 0)
    read = []
    monkeypatch.setattr(file_digests, "digest_file", lambda path: read.append(path) or digest_file(path))
    run(job)
    assert recipe(job) == recipe(job)
    assert made_with(job, SLIDE)
    assert read == [SLIDE]


def test_made_with_goes_by_content(job):
    assert not made_with(job, SLIDE)
    run(job)
    assert made_with(job, SLIDE)
    SLIDE.write_bytes(b"x" * LARGE)
    assert not made_with(job, SLIDE)
    SLIDE.write_bytes(bytes(LARGE))
    assert made_with(job, SLIDE)


@pytest.mark.parametrize("lost", [SLIDE, MANIFEST, Path("a.recipe.json")])
def test_made_with_needs_file_product_and_recipe(job, lost):
    run(job)
    lost.unlink()
    assert not made_with(job, SLIDE)


def test_a_file_that_the_recipe_does_not_know_made_nothing(job):
    run(job)
    write_json(Path("other.json"), {})
    assert not made_with(job, Path("other.json"))
