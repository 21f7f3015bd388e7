import shutil
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.commands.embed.command import app
from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError, SlideError, StudyError
from pipeline.core.files import read_json, write_json
from pipeline.core.networks.encoder import Encoder, load_encoder, save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.annotation import Annotation
from pipeline.evaluate.features import measure
from pipeline.evaluate.probe_tiles import read_tiles
from tests.commands.conftest import ENCODER

TESTED = "data/phantom/c-HE.tif"


def embed(*arguments, encoder=ENCODER, to="out"):
    command = ["--encoder", str(encoder), "--to", to, "--slides", *map(str, arguments)]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def features(name="c-HE", to="out"):
    with h5py.File(Path(to, "h5_files", f"{name}.h5")) as file:
        return file["features"][:], file["coords"][:]


def files(to="out"):
    return sorted(path.relative_to(to).as_posix() for path in Path(to).rglob("*") if path.is_file())


def test_features_are_those_of_evaluate_for_the_same_tile(finished):
    assert embed(TESTED, "--batch", "8").exit_code == 0
    cohort = Cohort.read(Path("data/normalized/index.json"))
    tiles = read_tiles(cohort, {"tissue": Annotation({})})
    (expected,) = measure(cohort, tiles, 8, partial(load_encoder(ENCODER).embed, batch=8))
    here = tiles.slide == "c-HE"
    found, _ = features()
    assert here.sum() > 10
    assert np.abs(found[tiles.row[here]] - expected[here]).max() < 1e-6


def test_several_slides_are_named_at_once_and_both_layouts_hold_the_same(finished):
    assert embed(TESTED, "data/phantom/a-HE.tif").exit_code == 0
    assert files() == ["embed.json", "h5_files/a-HE.h5", "h5_files/c-HE.h5", "h5ad/a-HE.h5ad", "h5ad/c-HE.h5ad"]
    with h5py.File("out/h5ad/c-HE.h5ad") as table:
        assert np.array_equal(table["X"][:], features()[0])


def test_a_bad_slide_is_told_and_the_others_go_on(finished):
    Path("bad.svs").write_bytes(b"no slide")
    done = embed("bad.svs", TESTED)
    assert done.exit_code == 1
    assert files() == ["embed.json", "h5_files/c-HE.h5", "h5ad/c-HE.h5ad"]
    assert "left out bad: cannot open it" in done.stderr


def test_a_slide_that_fails_half_way_leaves_nothing(finished, monkeypatch):
    def fail(encoder, images, batch):
        raise SlideError("damaged in the middle")

    monkeypatch.setattr(Encoder, "embed", fail)
    assert embed(TESTED).exit_code == 1
    assert files() == ["embed.json"]


def test_a_run_that_was_interrupted_is_gone_on_with(finished):
    embed(TESTED)
    before = Path("out/h5_files/c-HE.h5").stat().st_mtime_ns
    done = embed(TESTED, "data/phantom/a-HE.tif")
    assert done.exit_code == 0
    assert "slides: 1, there already: 1, left out: 0, features: 32" in done.stderr
    assert Path("out/h5_files/c-HE.h5").stat().st_mtime_ns == before
    assert Path("out/h5_files/a-HE.h5").exists()


def test_a_corrected_resolution_or_another_file_of_the_name_is_embedded_again(finished, tmp_path):
    embed(TESTED)
    (first, _), kept = features(), "there already: 0"
    assert kept in embed(TESTED, "--slide-mpp", "0.4").stderr
    assert len(features()[0]) < len(first)
    shutil.copy("data/phantom/a-HE.tif", tmp_path / "c-HE.tif")
    assert kept in embed(tmp_path / "c-HE.tif", "--slide-mpp", "0.4").stderr
    embed("data/phantom/a-HE.tif", "--slide-mpp", "0.4")
    assert np.array_equal(features()[1], features("a-HE")[1])


def test_an_encoder_of_other_colours_is_another_encoder(finished, tmp_path):
    shutil.copytree(ENCODER, tmp_path / "mine")
    embed(TESTED, encoder=tmp_path / "mine")
    config = read_json(tmp_path / "mine/encoder.config.json")
    config["arguments"]["mean"] = [0.1, 0.2, 0.3]
    write_json(tmp_path / "mine/encoder.config.json", config)
    with pytest.raises(ProductError, match="there is something already"):
        embed(TESTED, encoder=tmp_path / "mine")


def test_an_encoder_that_cannot_be_loaded_leaves_no_folder(finished, monkeypatch):
    def fail(place):
        raise ProductError("weights that lie")

    monkeypatch.setattr("pipeline.core.networks.encoder.load_encoder", fail)
    with pytest.raises(ProductError, match="weights that lie"):
        embed(TESTED)
    assert not Path("out").exists()


def test_a_folder_of_something_else_is_left_alone(finished):
    embed(TESTED)
    with pytest.raises(ProductError, match="there is something already"):
        embed(TESTED, "--stride", "32")
    Path("mine").mkdir()
    Path("mine/notes.txt").touch()
    with pytest.raises(ProductError, match="there is something already"):
        embed(TESTED, to="mine")
    assert files("mine") == ["notes.txt"]


def test_no_such_encoder(finished):
    with pytest.raises(ProductError, match="no encoder"):
        embed(TESTED, "--mpp", "1", "--size", "64", "--normalize", "none", encoder="nowhere")
    assert not Path("out").exists()


def test_the_same_slides_give_the_same_bytes(finished):
    for to in ("one", "two"):
        embed(TESTED, to=to)
    for name in files("one"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes(), name


@pytest.mark.slow
def test_a_vit_of_transformers_sees_the_slides_as_a_study_has_them(finished, vit):
    assert embed(TESTED, "--normalize", ".", encoder=vit).exit_code == 0
    expected = load_encoder(vit).embed(TileStore(Path("data/normalized/c-HE.zarr")).images(), 64)
    found, _ = features()
    assert found.shape == (len(expected), 16)
    assert np.abs(found - expected).max() < 1e-6


def test_tiles_that_an_encoder_does_not_take_are_told_before_a_slide_is_opened(finished, vit, tmp_path):
    with pytest.raises(StudyError, match="a multiple of 16 px, these have 40") as error:
        embed("nowhere.svs", "--normalize", "none", "--mpp", "1", "--size", "40", encoder=vit)
    assert error.value.fix.startswith("--size 32,")
    save_encoder(tmp_path / "wide", ResNetEncoder(depth=18, width=4, mean=(0.5,) * 4, std=(0.2,) * 4))
    with pytest.raises(StudyError, match="images of 4 channels"):
        embed("nowhere.svs", "--normalize", "none", "--mpp", "1", "--size", "40", encoder=tmp_path / "wide")
