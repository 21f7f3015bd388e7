from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.manifests.scores import Comparison, Estimate, Extent, ScoresManifest
from pipeline.core.measures.chances import Chances
from pipeline.core.measures.figures import read_figures
from pipeline.core.measures.prediction import Prediction
from pipeline.core.measures.records import Score, save_scores
from pipeline.evaluate.summary import summarize
from tests.evaluate.conftest import make_job, score_file, write_manifest

SCORES = "results/scores"
PROBES, NULL = ("linear", "knn", "few"), ("permuted",)


def rows(folder=Path()):
    return read_figures(folder / "results/figures.csv")


def pooled(arm, metric, domain="in_domain", folder=Path()):
    (found,) = [r for r in rows(folder) if r[:5] == (arm, "all", "tissue", domain, metric)]
    return found


def test_tidy_figures(summed):
    table = [row for row in rows(summed[0]) if row.task == "tissue"]
    assert {row.split: row.n for row in table} == {"in_domain": 16, "unseen_site": 8}
    made = {row.metric for row in table if row.seed == "all" and row.arm == "made"}
    names = (*PROBES, *NULL, "linear_colour", "few_colour")
    probes = {f"{p}/{m}" for p in names for m in ("accuracy", "balanced_accuracy", "auroc")}
    assert made == probes | {"few/error_reduction", "linear/error_reduction", "few/gain"}


def test_pooled_is_the_mean_over_seeds(summed):
    cell = {r.seed: r.value for r in rows(summed[0])
            if (r.arm, r.split, r.metric) == ("base", "in_domain", "few/accuracy")}  # fmt: skip
    assert cell["all"] == pytest.approx((cell["0"] + cell["1"]) / 2, abs=1e-5)


def test_equal_arms_gain_exactly_nothing(summed):
    gain = pooled("made", "few/gain", folder=summed[0])
    assert (gain.value, gain.ci_low, gain.ci_high) == (0, 0, 0)
    reduction = pooled("made", "few/error_reduction", folder=summed[0])
    assert (reduction.value, reduction.ci_low, reduction.ci_high, reduction.n) == (1, 1, 1, 16)
    known, unseen = summed[1].verdicts
    assert (known.arm, known.domain, known.role, known.said) == (
        "made",
        "in_domain",
        "synthetic",
        "no difference shown",
    )
    assert known.within_seeds is True
    assert (unseen.domain, unseen.baseline) == ("unseen_site", "base")


def test_one_test_patient_gives_a_value_and_no_interval(summed):
    gain = pooled("made", "few/gain", "unseen_site", summed[0])
    assert gain.value == 0
    assert np.isnan([gain.ci_low, gain.ci_high]).all()
    verdict = summed[1].verdicts[1]
    assert verdict.gain == Estimate(value=0, low=None, high=None)
    assert verdict.said == "no difference shown"


def test_translators_and_normalisation_follow_the_encoders(summed):
    assert [tuple(row)[:6] for row in rows(summed[0]) if row.task != "tissue"] == [
        ("toy", "all", "translate", "train", "l1", 0.1),
        ("macenko", "all", "translate", "train", "colour", 1.0),
    ]


def test_the_manifest_says_on_whom_arms_were_tested(summed):
    domains = {"in_domain": Extent(patients=2, tiles=16), "unseen_site": Extent(patients=1, tiles=8)}
    assert summed[1].comparisons == {"tissue": Comparison(metric="few/balanced_accuracy", domains=domains)}


def test_the_headline_is_flat_and_short(summed):
    found = read_json(summed[0] / "results/metrics.json")
    assert {name.rpartition("/")[0] for name in found} == {"tissue/in_domain", "tissue/unseen_site"}
    assert len(found) == 10
    assert found["tissue/in_domain/synthetic_gain"] == found["tissue/in_domain/best_synthetic_gain"] == 0
    assert (found["tissue/in_domain/better"], found["tissue/in_domain/worse"]) == (0, 0)
    assert found["tissue/in_domain/baseline"] == pytest.approx(
        pooled("base", "few/balanced_accuracy", folder=summed[0]).value, abs=1e-6
    )


def test_colour_stands_beside_the_arms_and_is_compared_with_none(summed):
    found = {row.metric: row for row in rows(summed[0]) if (row.arm, row.split) == ("colour", "in_domain")}
    assert set(found) == {f"{p}/{m}" for p in (*PROBES, *NULL) for m in ("accuracy", "balanced_accuracy", "auroc")}
    assert {row.seed for row in found.values()} == {"all"}
    assert found["few/auroc"].value > 0.9  # the classes differ in brightness
    assert "colour" not in {verdict.arm for verdict in summed[1].verdicts}


def test_index_and_pruning(summed):
    assert sorted(summed[1].members) == [
        "encoders/base/0", "encoders/base/1", "encoders/colour", "encoders/made/0", "encoders/made/1",
        "normalization", "translators/toy",
    ]  # fmt: skip
    assert not (summed[0] / SCORES / "encoders/gone").exists()
    assert (summed[0] / SCORES / "encoders/made/1.npz").exists()
    assert summed[1].payload == (Path("results/figures.csv"), Path("results/metrics.json"))


CONTRAST = {
    "base": {"role": "baseline", "baseline": None},
    "contrast": {"role": "baseline", "baseline": "base"},
    "contrast_made": {"role": "synthetic", "baseline": "contrast"},
    "real": {"role": "real", "baseline": "base"},
    "equal": {"role": "synthetic", "baseline": "real"},
}
LABEL = np.tile(np.repeat([0, 1], 4), 2)
PATIENT = np.repeat([0, 1], 8)


def write_arm(name, pool, paired="same"):
    """The scores of one encoder whose probes all predict the same."""
    job = make_job("encoders", name, "0")
    scores = [Score("tissue", "in_domain", probe, pool, ("p", "q"), 16, paired) for probe in PROBES]
    path = job.outputs["scores"]
    records = save_scores(path, scores)
    manifest = ScoresManifest(subject=name, seed=0, records=records, scores=path, digest=name)
    return write_manifest(job.manifest, manifest)


def missing(tiles):
    """Predictions that miss ``tiles`` of the 4 tiles of each class of each of two patients."""
    right = np.tile(np.arange(4) >= tiles, 4)
    return Chances(LABEL, PATIENT, np.eye(2, dtype=np.float32)[np.where(right, LABEL, 1 - LABEL)][None])


def summary(encoders, **spec):
    score_file(make_job("normalization"), "macenko", colour=1.0)
    return summarize(make_job("index", groups={"encoders": encoders}, **spec))


@pytest.fixture
def contrast(tmp_path, monkeypatch):
    """The summary of five arms that miss 2, 1, 0, 3 and 2 of 4 tiles."""
    monkeypatch.chdir(tmp_path)
    encoders = {f"{name}/0": write_arm(name, missing(m)) for name, m in zip(CONTRAST, (2, 1, 0, 3, 2), strict=True)}
    return summary(encoders, arms=CONTRAST)


def test_a_gain_is_measured_from_the_unprivileged_arm_of_the_same_loss(contrast):
    assert [pooled(arm, "few/accuracy").value for arm in CONTRAST] == [0.5, 0.75, 1, 0.25, 0.5]
    gain = pooled("contrast_made", "few/gain")
    assert (gain.value, gain.ci_low, gain.ci_high) == (0.25, 0.25, 0.25)
    assert pooled("contrast_made", "few/error_reduction").value == 0.25 / (0.5 / 16)
    verdict = {v.arm: v for v in contrast.verdicts}["contrast_made"]
    assert (verdict.role, verdict.baseline, verdict.gain.value, verdict.said) == (
        "synthetic",
        "contrast",
        0.25,
        "better",
    )


def test_the_unprivileged_arm_of_another_loss_is_compared_with_the_baseline(contrast):
    assert pooled("contrast", "few/gain").value == 0.25
    assert pooled("contrast", "few/error_reduction").value == 2
    found = {v.arm: v for v in contrast.verdicts}
    assert found["contrast"].role == "baseline"
    assert "base" not in found
    assert not [row for row in rows() if row.arm == "base" and row.metric == "few/gain"]


def test_synthetic_against_real_at_equal_sample_count(contrast):
    assert pooled("equal", "few/gain").value == 0.25
    verdict = {v.arm: v for v in contrast.verdicts}["equal"]
    assert (verdict.role, verdict.baseline) == ("synthetic", "real")


def test_the_headline_counts_arms_that_were_judged(contrast):
    assert read_json(Path("results/metrics.json")) == {
        "tissue/in_domain/baseline": 0.5,
        "tissue/in_domain/best_synthetic_gain": 0.25,
        "tissue/in_domain/better": 2,
        "tissue/in_domain/synthetic_gain": 0.25,
        "tissue/in_domain/worse": 1,
    }


def test_no_verdict_where_the_truth_does_not_vary(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flat = Prediction(np.full(16, 0.3), PATIENT, np.linspace(0, 1, 16, dtype=np.float32)[None])
    found = summary({f"{name}/0": write_arm(name, flat) for name in ("base", "made")})
    assert found.verdicts == ()
    assert np.isnan(pooled("made", "few/gain").value)
    assert read_json(Path("results/metrics.json")) == {"tissue/in_domain/better": 0, "tissue/in_domain/worse": 0}


def test_arms_scored_on_different_tiles_are_not_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    encoders = {"base/0": write_arm("base", missing(2)), "made/0": write_arm("made", missing(1), paired="other")}
    with pytest.raises(ProductError, match="made and base were scored on different tiles of tissue"):
        summary(encoders)


def test_seeds_scored_on_different_tiles_are_not_pooled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = write_arm("base", missing(2))
    second = write_manifest(
        first.with_name("1.json"),
        ScoresManifest.read(write_arm("base", missing(2), "other")).model_copy(update={"seed": 1}),
    )
    first = write_arm("base", missing(2))
    with pytest.raises(ProductError, match="the seeds of base were scored on different tiles"):
        summary({"base/0": first, "base/1": second})


def test_values_are_compared_by_r2(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    truth = np.arange(16) / 16
    predicted = {"base": np.full(16, truth.mean()), "made": truth}
    encoders = {f"{n}/0": write_arm(n, Prediction(truth, PATIENT, p[None])) for n, p in predicted.items()}
    found = summary(encoders)
    assert found.comparisons["tissue"].metric == "few/r2"
    assert pooled("made", "few/gain").value == pytest.approx(1)
    assert {row.metric for row in rows() if row.arm == "made"} == {
        "few/gain", *(f"{probe}/{metric}" for probe in PROBES for metric in ("r2", "spearman")),
    }  # fmt: skip
    assert [v.said for v in found.verdicts] == ["better"]


def test_every_subject_sees_the_same_resamples_of_the_same_patients(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    encoders = {f"{name}/0": write_arm(name, missing(1)) for name in ("base", "made")}
    summary(encoders)
    seen = Counter((row.ci_low, row.ci_high) for row in rows() if row.metric == "few/auroc")
    assert len(seen) == 1


def test_a_study_without_encoders_has_figures_and_an_empty_headline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = summary({}, arms={})
    assert [row.arm for row in rows()] == ["macenko"]
    assert (found.comparisons, found.verdicts, read_json(Path("results/metrics.json"))) == ({}, (), {})
