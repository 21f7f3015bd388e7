import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pipeline.commands.heatmap.command import app
from pipeline.core.errors import StudyError
from pipeline.core.files import read_json, write_json
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.store.store import TileStore
from pipeline.evaluate.classification import ClassProbes
from tests.commands.conftest import ENCODER

TESTED = "data/phantom/c-HE.tif"


def heatmap(*arguments, task="tissue", to="out"):
    command = ["--encoder", str(ENCODER), "--task", task, "--to", to, "--slides", *map(str, arguments)]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def said(name="c-HE"):
    """Class names and probabilities (tile, class) of a map."""
    features = json.loads(Path("out", f"{name}.geojson").read_text())["features"]
    measured = [feature["properties"]["measurements"] for feature in features]
    return list(measured[0]), np.array([list(own.values()) for own in measured])


def files():
    return sorted(path.name for path in Path("out").iterdir())


def test_the_map_says_what_evaluate_scored(finished):
    assert heatmap(TESTED, "--batch", "8").exit_code == 0
    manifest = ScoresManifest.read(Path("results/scores/encoders/plain.json"))
    (record,) = (own for own in manifest.records if (own.name, own.domain) == ("linear", "in_domain"))
    with np.load(manifest.scores) as arrays:
        scored, label = arrays[f"{record.key}/chances"][0], arrays[f"{record.key}/label"]
    store = TileStore(Path("data/tiles/c-HE.zarr"))
    labelled = store.column("label") >= 0
    names, chances = said()
    assert names == [f"tissue: {name}" for name in store.attributes["label_names"]]
    assert np.array_equal(store.column("label")[labelled], label)
    assert np.abs(chances[labelled] - scored).max() < 1e-4  # as it is rounded


def test_the_picture_shows_the_slide_at_its_shape(finished):
    heatmap(TESTED)
    picture = np.asarray(Image.open("out/c-HE.png").convert("RGB")).astype(int)
    high, wide = picture.shape[:2]
    assert high - 38 == pytest.approx(768, abs=1)  # below the title
    assert wide - 182 == pytest.approx(768, abs=1)  # beside the legend
    coloured = np.ptp(picture[38:, :768], axis=-1) > 8
    tiles = TileStore(Path("data/tiles/c-HE.zarr"))
    assert coloured.mean() == pytest.approx(len(tiles) * 128**2 / 768**2, abs=0.02)


def test_the_probability_of_one_class_has_a_scale(finished):
    assert heatmap(TESTED, "--class", "tumour").exit_code == 0
    assert Path("out/c-HE.png").is_file()
    with pytest.raises(StudyError, match="no class 'fat'") as error:
        heatmap("data/phantom/a-HE.tif", "--class", "fat")
    assert error.value.fix == "one of: gland, lymphoid, stroma, tumour"


def test_a_training_slide_is_told(finished):
    assert "a-HE is a training slide" in heatmap("data/phantom/a-HE.tif").stderr
    assert "training slide" not in heatmap(TESTED).stderr


def test_no_such_task(finished):
    with pytest.raises(StudyError, match="no task 'grade'") as error:
        heatmap(TESTED, task="grade")
    assert error.value.fix == "one of: tissue"


def test_a_map_is_not_overwritten_and_a_bad_slide_is_left_out(finished):
    Path("bad.svs").write_bytes(b"no slide")
    assert heatmap("bad.svs", TESTED).exit_code == 1
    assert files() == ["c-HE.geojson", "c-HE.png"]
    before = Path("out/c-HE.png").stat().st_mtime_ns
    done = heatmap(TESTED, "data/phantom/a-HE.tif")
    assert done.exit_code == 0
    assert "c-HE: there is a map already" in done.stderr
    assert files() == ["a-HE.geojson", "a-HE.png", "c-HE.geojson", "c-HE.png"]
    assert Path("out/c-HE.png").stat().st_mtime_ns == before


def test_a_map_that_fails_half_way_leaves_nothing_and_is_drawn_again(finished, monkeypatch):
    def fail(*arguments):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.commands.heatmap.maps.draw", fail)
        with pytest.raises(OSError, match="no space left"):
            heatmap(TESTED)
    assert files() == []
    assert heatmap(TESTED).exit_code == 0
    assert files() == ["c-HE.geojson", "c-HE.png"]


def test_what_is_a_training_slide_the_cohort_says_and_not_the_sheet(finished):
    index = read_json(Path("data/normalized/index.json"))
    for name, split in (("a-HE", "test"), ("c-HE", "train")):  # as another fold has it
        index["members"][name]["split"] = split
    write_json(Path("data/normalized/index.json"), index)
    told = heatmap(TESTED, "data/phantom/a-HE.tif").stderr
    assert "c-HE is a training slide" in told
    assert "a-HE is a training slide" not in told


def test_the_probe_is_fitted_once_for_all_slides(finished, monkeypatch):
    fitted, linear = [], ClassProbes.linear

    def counted(probes, train, targets, groups):
        fitted.append(len(train))
        return linear(probes, train, targets, groups)

    monkeypatch.setattr(ClassProbes, "linear", counted)
    heatmap(TESTED, "data/phantom/a-HE.tif")
    assert len(fitted) == 1
