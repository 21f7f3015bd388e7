"""Strengths are chosen on training patients, and the same run twice trains nothing twice."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from pipeline.commands.tune import app
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import read_json
from pipeline.engine.plan import Plan
from pipeline.study.folds import splits
from pipeline.study.sheet import write_sheet
from tests.simulation.cohort import write_cohort
from tests.simulation.test_null import STUDY


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study of six training and two test patients whose tiles are normalised, in the current folder."""
    monkeypatch.chdir(tmp_path)
    slides = write_cohort(0, training=6, tested=2)
    write_sheet(Path("data/slides.csv"), slides.values())
    for name in slides:
        Path(f"{name}.tif").touch()
    Path("params.yaml").write_text(yaml.safe_dump({"seed": 0, **STUDY}))
    return tmp_path


def tune(*options):
    return CliRunner().invoke(app, list(options), catch_exceptions=False)


def test_the_best_strength_is_named_and_every_figure_written(study):
    assert tune("--colour", "0,1", "--folds", "2").exit_code == 0
    table = pd.read_csv("results/tune.csv")
    assert set(table["colour"]) == {0, 1}
    assert table["rank"].is_monotonic_increasing
    assert (table["n"] == 6 * 16).all()  # every training patient is held out once


def test_no_test_patient_takes_part(study):
    tune("--colour", "1", "--folds", "3")
    manifests = [read_json(path) for path in Path("scratch/tune").rglob("models/encoders/*/0.json")]
    assert len(manifests) == 3
    assert all(set(m["patients"]) < {f"p{n:02}" for n in range(6)} and len(m["patients"]) == 4 for m in manifests)


def test_of_a_study_with_folds_the_training_patients_of_the_first_take_part(study):
    Path("params.yaml").write_text(yaml.safe_dump({"seed": 0, **STUDY, "folds": 2}))
    plan = Plan.here()
    tested = {s.patient_id for s in splits(plan.slides, 2, 0)["fold-0"].values() if s.split == "test"}
    Path("data/normalized/fold-0").mkdir()
    Path("data/normalized/index.json").rename("data/normalized/fold-0/index.json")
    assert tune("--colour", "1", "--folds", "2").exit_code == 0
    manifests = [read_json(path) for path in Path("scratch/tune").rglob("models/encoders/*/0.json")]
    assert len(manifests) == 2
    assert all(len(m["patients"]) == 2 and not tested & set(m["patients"]) for m in manifests)


def test_what_was_trained_is_not_trained_again(study):
    tune("--colour", "1", "--folds", "2")
    weights = {path: path.stat().st_mtime_ns for path in Path("scratch/tune").rglob("*.safetensors")}
    tune("--colour", "1", "--folds", "2")
    assert weights
    assert {path: path.stat().st_mtime_ns for path in Path("scratch/tune").rglob("*.safetensors")} == weights


@pytest.mark.parametrize("colour", ["weak", "3", ""])
def test_strengths_that_are_none_are_told(study, colour):
    with pytest.raises(StudyError, match="--colour"):
        tune("--colour", colour)


def test_without_normalised_tiles_the_way_to_them_is_told(study):
    Path("data/normalized/index.json").unlink()
    with pytest.raises(ProductError, match="snakemake --cores all data/normalized"):
        tune()


def test_a_baseline_that_waits_for_an_arm_is_told(study):
    arms = {**STUDY["pretrain"]["arms"]}
    base = STUDY["evaluate"]["baseline"]
    arms |= {"first": arms[base], base: {**arms[base], "start": "first"}}
    section = {**STUDY["pretrain"], "arms": arms}
    Path("params.yaml").write_text(yaml.safe_dump({"seed": 0, **STUDY, "pretrain": section}))
    with pytest.raises(StudyError, match="the baseline waits for first"):
        tune("--colour", "1")
