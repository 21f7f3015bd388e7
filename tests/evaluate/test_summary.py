from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.manifests.scores import Estimate, Extent, Scope, ScoresManifest
from pipeline.core.measures.chances import Chances
from pipeline.core.measures.figures import read_figures
from pipeline.core.measures.means import Means
from pipeline.core.measures.overlap import Overlap
from pipeline.core.measures.prediction import Prediction
from pipeline.core.measures.records import Score, save_scores
from pipeline.evaluate.score_file import write_scores
from pipeline.evaluate.summary import summarize
from tests.evaluate.conftest import entry, make_job, score_file, write_manifest

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
    gains = {f"{m}_gain" for m in probes if not m.startswith(NULL)} | {
        f"{p}/error_reduction" for p in names if p not in NULL
    }
    assert made == probes | gains
    assert {row.against for row in table} == {"", "base"}


def test_pooled_is_the_mean_over_seeds(summed):
    cell = {r.seed: r.value for r in rows(summed[0])
            if (r.arm, r.split, r.metric) == ("base", "in_domain", "few/accuracy")}  # fmt: skip
    assert cell["all"] == pytest.approx((cell["0"] + cell["1"]) / 2, abs=1e-5)


def test_equal_arms_gain_exactly_nothing(summed):
    gain = pooled("made", "few/balanced_accuracy_gain", folder=summed[0])
    assert (gain.value, gain.ci_low, gain.ci_high) == (0, 0, 0)
    reduction = pooled("made", "few/error_reduction", folder=summed[0])
    assert (reduction.value, reduction.ci_low, reduction.ci_high, reduction.n) == (1, 1, 1, 16)
    known = {(v.kind, v.domain): v for v in summed[1].verdicts}
    assert set(known) == {
        (kind, domain) for kind in ("published", "headline") for domain in ("in_domain", "unseen_site")
    }
    verdict = known["headline", "in_domain"]
    assert (verdict.arm, verdict.role, verdict.against) == ("made", "synthetic", "base")
    assert (verdict.patients, verdict.seeds, verdict.said) == (2, 2, "too few to say")


def test_one_test_patient_gives_a_value_and_no_interval(summed):
    gain = pooled("made", "few/balanced_accuracy_gain", "unseen_site", summed[0])
    assert gain.value == 0
    assert np.isnan([gain.ci_low, gain.ci_high]).all()
    (verdict, *_) = (v for v in summed[1].verdicts if v.domain == "unseen_site")
    assert verdict.gain == Estimate(value=0, low=None, high=None)
    assert (verdict.p, verdict.smallest, verdict.said) == (None, None, "too few to say")


def test_the_normaliser_and_translators_follow_the_encoders(summed):
    assert [tuple(row)[:7] for row in rows(summed[0]) if row.task != "tissue"] == [
        ("macenko", "all", "translate", "train", "colour", "", 1.0),
        ("toy", "0", "translate", "train", "l1", "", 0.1),
        ("toy", "1", "translate", "train", "l1", "", 0.3),
        ("toy", "all", "translate", "train", "l1", "", 0.2),
    ]


def test_the_manifest_says_on_whom_arms_were_tested(summed):
    domains = {"in_domain": Extent(patients=2, tiles=16), "unseen_site": Extent(patients=1, tiles=8)}
    assert summed[1].tested == {"tissue": Scope(metric="few/balanced_accuracy", domains=domains)}


def test_the_headline_is_flat_and_short(summed):
    found = read_json(summed[0] / "results/metrics.json")
    assert {name.rpartition("/")[0] for name in found} == {"tissue/in_domain", "tissue/unseen_site"}
    assert len(found) == 10
    assert found["tissue/in_domain/synthetic_gain"] == found["tissue/in_domain/published_gain"] == 0
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
        "encoders/base", "encoders/colour", "encoders/made",
        "normalization/macenko", "translators/toy/0", "translators/toy/1",
    ]  # fmt: skip
    assert not (summed[0] / SCORES / "encoders/gone").exists()
    assert (summed[0] / SCORES / "encoders/made.npz").exists()
    assert summed[1].payload == (Path("results/figures.csv"), Path("results/metrics.json"))


CONTRAST = {
    "base": entry("no_view"),
    "contrast": entry("no_view", named=("base",)),
    "contrast_made": entry("synthetic", "contrast"),
    "real": entry("real", "base"),
    "equal": entry("synthetic", "base", ("real",)),
}
LABEL = np.tile(np.repeat([0, 1], 4), 2)
PATIENT = np.repeat([0, 1], 8)


def write_arm(name, pool, paired=("same",)):
    """The scores of an arm whose probes all predict the same; ``paired`` of every seed."""
    job = make_job("encoders", name)
    what = ("tissue", "in_domain")
    scores = [
        Score(*what, probe, pool, ("p", "q"), 16, own, seed) for seed, own in enumerate(paired) for probe in PROBES
    ]
    path = job.outputs["scores"]
    records = save_scores(path, scores)
    manifest = ScoresManifest(subject=name, records=records, scores=path, digest=name)
    return write_manifest(job.manifest, manifest)


def missing(tiles):
    """Predictions that miss ``tiles`` of the 4 tiles of each class of each of two patients."""
    right = np.tile(np.arange(4) >= tiles, 4)
    chances = np.eye(2, dtype=np.float32)[np.where(right, LABEL, 1 - LABEL)][None]
    return Chances(LABEL, PATIENT, chances, np.zeros(2, np.int16))


def summary(encoders, **spec):
    normalization = {"macenko": score_file(make_job("normalization"), "macenko", colour=1.0)}
    return summarize(make_job("index", groups={"encoders": encoders, "normalization": normalization}, **spec))


@pytest.fixture
def contrast(tmp_path, monkeypatch):
    """The summary of five arms that miss 2, 1, 0, 3 and 2 of 4 tiles."""
    monkeypatch.chdir(tmp_path)
    encoders = {name: write_arm(name, missing(m)) for name, m in zip(CONTRAST, (2, 1, 0, 3, 2), strict=True)}
    return summary(encoders, arms=CONTRAST)


def gain(arm, against, metric="few/balanced_accuracy_gain"):
    (found,) = [r for r in rows() if (r.arm, r.against, r.metric) == (arm, against, metric)]
    return found


def test_a_gain_names_what_it_is_over(contrast):
    assert [pooled(arm, "few/accuracy").value for arm in CONTRAST] == [0.5, 0.75, 1, 0.25, 0.5]
    found = gain("contrast_made", "contrast")
    assert (found.value, found.ci_low, found.ci_high) == (0.25, 0.25, 0.25)
    assert gain("contrast_made", "contrast", "few/error_reduction").value == pytest.approx(0.25 / (0.5 / 16))
    assert gain("contrast", "base").value == 0.25
    assert gain("equal", "real").value == 0.25
    assert gain("equal", "base").value == 0
    assert not [row for row in rows() if row.arm == "base" and row.against]


def test_verdicts_follow_the_roles(contrast):
    found = {(v.arm, v.kind): v for v in contrast.verdicts}
    assert found["contrast_made", "headline"].against == "contrast"
    assert found["equal", "named"].against == "real"
    assert found["contrast", "named"].role == "no_view"
    assert not [arm for arm, _ in found if arm == "base"]


def test_the_headline_is_of_arms_with_a_view(contrast):
    assert read_json(Path("results/metrics.json")) == {
        "tissue/in_domain/baseline": 0.5,
        "tissue/in_domain/better": 0,
        "tissue/in_domain/published_gain": 0.125,
        "tissue/in_domain/synthetic_gain": 0.125,
        "tissue/in_domain/worse": 0,
    }


def test_no_verdict_where_the_truth_does_not_vary(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flat = Prediction(np.full(16, 0.3), PATIENT, np.linspace(0, 1, 16, dtype=np.float32)[None], np.zeros(2, int))
    found = summary({name: write_arm(name, flat) for name in ("base", "made")})
    assert found.verdicts == ()
    assert np.isnan(pooled("made", "few/r2_gain").value)
    assert read_json(Path("results/metrics.json")) == {"tissue/in_domain/better": 0, "tissue/in_domain/worse": 0}


def test_arms_scored_on_different_tiles_are_not_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    encoders = {"base": write_arm("base", missing(2)), "made": write_arm("made", missing(1), paired=("other",))}
    with pytest.raises(ProductError, match="made and base were scored on different tiles of tissue"):
        summary(encoders)


def test_seeds_scored_on_different_tiles_are_not_pooled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProductError, match="the seeds of base were scored on different tiles"):
        summary({"base": write_arm("base", missing(2), ("same", "other"))})


def test_values_are_compared_by_r2(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    truth = np.arange(16) / 16
    predicted = {"base": np.full(16, truth.mean()), "made": truth}
    encoders = {
        f"{n}/0": write_arm(n, Prediction(truth, PATIENT, p[None], np.zeros(2, int))) for n, p in predicted.items()
    }
    found = summary(encoders)
    assert found.tested["tissue"].metric == "few/r2"
    assert pooled("made", "few/r2_gain").value == pytest.approx(1)
    probes = {f"{probe}/{metric}" for probe in PROBES for metric in ("r2", "spearman")}
    assert {row.metric for row in rows() if row.arm == "made"} == probes | {f"{metric}_gain" for metric in probes}


def test_equal_subjects_have_equal_intervals(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    encoders = {name: write_arm(name, missing(1)) for name in ("base", "made")}
    summary(encoders)
    seen = Counter((row.ci_low, row.ci_high) for row in rows() if row.metric == "few/auroc")
    assert len(seen) == 1


def test_a_study_without_encoders_has_figures_and_an_empty_headline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = summary({}, arms={})
    assert [row.arm for row in rows()] == ["macenko"]
    assert (found.tested, found.verdicts, read_json(Path("results/metrics.json"))) == ({}, (), {})


def test_intervals_stay_where_their_measure_does(study):
    """Of three patients, one of whom lost much: the interval about the mean would reach beyond 1, and below 0."""
    job, owner = make_job("normalization"), np.arange(3)
    kept, far = (np.array([[value], [value], [other]]) for value, other in ((1.0, 0.7), (0.1, 2.0)))
    pools = {"": Means.of(["ssim"], kept, owner), "stain_drift_degrees": Means.of(["mean"], far, owner)}
    scores = [Score("normalize", "all", name, pool, ("p", "q", "r"), 3, name) for name, pool in pools.items()]
    write_manifest(job.manifest, write_scores(job, "macenko", scores))
    summarize(make_job("index", groups={"normalization": {"macenko": job.manifest}}))
    ssim, drift = (row for row in rows() if row.task == "normalize")
    assert (ssim.value, ssim.ci_high) == (pytest.approx(0.9), 1)
    assert ssim.ci_low == pytest.approx(0.9 - 0.1 * t.ppf(0.975, 2), abs=1e-5)
    assert drift.ci_low == 0
    assert drift.ci_high > 2


def write_segmenter(name, hits, paired="same"):
    """A segmenter of two seeds that finds so many of ten pixels of each of two patients, seed by seed."""
    path = Path(f"results/scores/segmenters/{name}.npz")
    found = []
    for seed, hit in enumerate(hits):
        pixels = np.array([[[80, 10 - hit], [10 - hit, hit]]] * 2, float)  # as much is found in vain as is missed
        found.append(Score("segment", "in_domain", "", Overlap(np.array(["a"]), pixels), ("p", "q"), 8, paired, seed))
    records = save_scores(path, found)
    made = ScoresManifest(subject=name, records=records, scores=path, digest=name)
    return write_manifest(path.with_suffix(".json"), made)


def test_segmenters_are_a_family_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hits = {"real": (5, 5), "few": (4, 2), "added": (8, 6)}
    groups = {"segmenters": {name: write_segmenter(name, own) for name, own in hits.items()}}
    groups["normalization"] = {"macenko": score_file(make_job("normalization"), "macenko", colour=1.0)}
    arms = {
        "real": entry("real"),
        "few": entry("real", named=("real",)),
        "added": entry("synthetic", named=("real", "few")),
    }
    arms = {name: {**own, "headline": False} for name, own in arms.items()}
    told = {"arms": {}, "baseline": None, "segmenters": {"baseline": "real", "arms": arms}}
    made = summarize(make_job("index", groups=groups, **told))
    assert made.tested == {}
    assert made.segmented == {"segment": Scope(metric="dice", domains={"in_domain": Extent(patients=2, tiles=8)})}
    assert {(v.arm, v.against, v.kind, round(v.gain.value, 3)) for v in made.verdicts} == {
        ("few", "real", "named", -0.2), ("added", "real", "named", 0.2), ("added", "few", "named", 0.4),
    }  # fmt: skip
    figures = {(r.arm, r.seed, r.metric, r.against): r.value for r in rows() if r.task == "segment"}
    assert figures["added", "all", "dice", ""] == pytest.approx(0.7)
    assert figures["added", "1", "dice/a", ""] == pytest.approx(0.6)
    assert figures["added", "all", "dice_gain", "few"] == pytest.approx(0.4)
    assert read_json(Path("results/metrics.json")) == {
        "segment/in_domain/baseline": 0.5,
        "segment/in_domain/synthetic_gain": 0.2,
        "segment/in_domain/better": 0,
        "segment/in_domain/worse": 0,
    }


def test_where_nobody_has_a_nucleus_nothing_is_said(tmp_path, monkeypatch):
    """Neither a Dice nor a gain is defined; the figures say so, and what is not defined is no headline."""
    monkeypatch.chdir(tmp_path)
    groups = {"segmenters": {name: write_empty(name) for name in ("real", "few")}}
    groups["normalization"] = {"macenko": score_file(make_job("normalization"), "macenko", colour=1.0)}
    arms = {"real": entry("real"), "few": entry("real", named=("real",))}
    told = {"arms": {}, "baseline": None, "segmenters": {"baseline": "real", "arms": arms}}
    made = summarize(make_job("index", groups=groups, **told))
    assert made.verdicts == ()
    assert made.segmented["segment"].domains["in_domain"] == Extent(patients=2, tiles=8)
    figures = {(r.arm, r.metric): r for r in rows() if (r.task, r.seed) == ("segment", "all")}
    for key in (("real", "dice"), ("real", "dice/a"), ("few", "dice_gain")):
        assert np.isnan([figures[key].value, figures[key].ci_low, figures[key].ci_high]).all()
    assert figures["real", "dice_with_background"].value == 1
    assert read_json(Path("results/metrics.json")) == {"segment/in_domain/better": 0, "segment/in_domain/worse": 0}


def write_empty(name):
    """A segmenter of one seed that finds nothing where nothing is."""
    path = Path(f"results/scores/segmenters/{name}.npz")
    pool = Overlap(np.array(["a"]), np.array([[[100, 0], [0, 0]]] * 2, float))
    records = save_scores(path, [Score("segment", "in_domain", "", pool, ("p", "q"), 8, "same", 0)])
    made = ScoresManifest(subject=name, records=records, scores=path, digest=name)
    return write_manifest(path.with_suffix(".json"), made)


def test_segmenters_scored_on_other_tiles_are_not_compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    groups = {"segmenters": {"real": write_segmenter("real", (5,)), "few": write_segmenter("few", (4,), "other")}}
    groups["normalization"] = {"macenko": score_file(make_job("normalization"), "macenko", colour=1.0)}
    arms = {"real": entry("real"), "few": entry("real", named=("real",))}
    told = {"arms": {}, "baseline": None, "segmenters": {"baseline": "real", "arms": arms}}
    with pytest.raises(ProductError, match="few and real were scored on different tiles of segment"):
        summarize(make_job("index", groups=groups, **told))
