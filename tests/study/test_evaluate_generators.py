"""The jobs that judge translators and synthetic cohorts."""

import pytest
import torch
from safetensors.torch import save_file

from pipeline.core.errors import StudyError
from pipeline.core.networks.encoder import save_encoder
from pipeline.core.networks.inception import read_inception
from pipeline.core.networks.inception_file import TELLING
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.study import evaluate

from .test_cohorts import study
from .test_generators import SLIDES


def planned(**changes):
    return {job.key: job for job in evaluate.jobs(study(**changes), SLIDES) if job.rule == "evaluate_cohort"}


def test_a_cohort_is_scored_by_a_job_of_its_own():
    (job,) = planned().values()
    assert job.key == ("more",)
    assert {name: path.as_posix() for name, path in job.inputs.items()} == {
        "cohort": "data/normalized/index.json",
        "synthetic": "data/synthetic/more/index.json",
        "painter": "models/translators/painter/0.json",
    }
    assert job.spec == {"stains": {"tissue": "HE", "masks": "nuclei"}, "extractor": None}
    (summary,) = (job for job in evaluate.jobs(study(), SLIDES) if job.rule == "evaluate")
    assert [path.as_posix() for path in summary.groups["cohorts"].values()] == ["results/scores/cohorts/more.json"]


def test_an_extractor_is_read_by_the_jobs_that_name_it(tmp_path):
    torch.manual_seed(0)
    save_encoder(tmp_path, ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3))
    (job,) = planned(evaluate={"extractor": str(tmp_path), "baseline": "plain"}).values()
    assert job.spec["extractor"] == str(tmp_path)
    assert {path.name for path in job.groups["weights"].values()} == {"encoder.safetensors", "encoder.config.json"}
    assert job.code["extractor"].startswith("pipeline.core.networks.")


def test_an_extractor_that_is_not_there_is_told_before_anything_runs(tmp_path):
    with pytest.raises(StudyError, match="no encoder") as error:
        study(evaluate={"extractor": str(tmp_path / "gone"), "baseline": "plain"})
    assert "evaluate.extractor" in error.value.where


def test_a_file_of_inception_is_read_by_the_jobs_that_name_it(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({name: torch.zeros(shape) for name, shape in TELLING.items()}, path)
    (job,) = planned(evaluate={"extractor": {"inception": str(path)}, "baseline": "plain"}).values()
    assert job.spec["extractor"] == {"inception": str(path)}
    assert [*job.groups["weights"].values()] == [path]
    assert job.load("extractor") is read_inception
    (plain,) = planned().values()
    assert "extractor" not in plain.code


@pytest.mark.parametrize(
    ("extractor", "where", "told"),
    [
        ({"inception": "gone.pth"}, "evaluate.extractor.inception: gone.pth", "no such file"),
        ({"incepton": "gone.pth"}, "evaluate.extractor", "expected a folder of weights, or {inception: FILE}"),
        ({"inception": 3}, "evaluate.extractor", "expected a folder of weights, or {inception: FILE}"),
        ("", "evaluate.extractor", "expected a folder of weights, or {inception: FILE}"),
        ("gone.pth", "evaluate.extractor: gone.pth", "of FID's Inception write {inception: gone.pth}"),
    ],
)
def test_a_mistake_in_an_extractor_is_one(extractor, where, told):
    with pytest.raises(StudyError) as error:
        study(evaluate={"extractor": extractor, "baseline": "plain"})
    assert told in str(error.value)
    assert error.value.where == f"params.yaml: {where}"
