"""A view that is noise of the right colour: whatever is said of it has to be said by chance."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.manifests.scores import SummaryManifest
from pipeline.engine.run import run
from pipeline.study.study import parse_study
from tests.simulation.cohort import write_cohort

REPEATS, SEEDS = 20, [0, 1, 2, 3, 4]
JOINT = {"objective": "trident", "loss": "vicreg"}
STUDY = {
    "stains": {"noise": {"kind": "light"}},
    "pretrain": {
        "arms": {
            "base": {"objective": "unprivileged", "loss": "vicreg"},
            "own": {**JOINT, "privileged": "self"},
            "mixed": {**JOINT, "privileged": "real/noise", "control": "shuffled"},
            "noise": {**JOINT, "privileged": "real/noise"},
        },
        "seeds": SEEDS,
        "epochs": 2,
        "batch": 32,
        "lr": 3e-3,
        "encoder": {"depth": 18, "width": 4},
        "projector": {"width": 16, "layers": 2},
    },
    "evaluate": {
        "tasks": {"grain": {"kind": "annotation"}},
        "baseline": "base",
        "heads": ["knn"],
        "few": 10,
        "few_patients": 3,
        "draws": 3,
    },
}


def verdicts(seed: int) -> SummaryManifest:
    """What a study of that seed says; its cohort and its training runs are its own."""
    slides = write_cohort(seed, training=6, tested=8)
    study = parse_study({"seed": seed, **STUDY})
    jobs = [job for job in study.jobs(slides) if job.rule in ("pretrain", "evaluate_encoder", "evaluate_colour")]
    for job in jobs:
        run(job)
    (summary,) = (job for job in study.jobs(slides) if job.rule == "evaluate")
    run(replace(summary, groups={"encoders": summary.groups["encoders"]}))  # nothing was normalised
    return SummaryManifest.read(summary.manifest)


@pytest.mark.slow
def test_noise_is_called_better_at_most_once_in_twenty(tmp_path, monkeypatch):
    said, gains = [], []
    for seed in range(REPEATS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        monkeypatch.chdir(folder)
        (headline,) = (v for v in verdicts(seed).verdicts if v.kind == "headline")
        assert (headline.arm, headline.patients, headline.seeds) == ("noise", 8, 5)
        said.append(headline.said)
        gains.append(headline.gain.value)
    assert set(said) <= {"better", "worse", "no difference shown"}  # every study is large enough to say something
    assert said.count("better") <= 1, list(zip(said, np.round(gains, 3), strict=True))
