import csv
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.files import read_json, write_json
from pipeline.evaluate.summary import summarize
from pipeline.study.sections import Arm

SCORES = "results/scores"


def rows(summed):
    with (summed[0] / "results/figures.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_tidy_figures(summed):
    table = rows(summed)
    assert list(table[0]) == ["arm", "seed", "task", "split", "metric", "value", "ci_low", "ci_high", "n"]
    assert {row["split"]: row["n"] for row in table} == {"in_domain": "16", "unseen_site": "8"}
    pooled = {row["metric"] for row in table if row["seed"] == "all" and row["arm"] == "made"}
    probes = {f"{p}/{m}" for p in ("linear", "knn", "few") for m in ("accuracy", "balanced_accuracy", "auroc")}
    assert pooled == probes | {"few/error_reduction", "linear/error_reduction", "few/gain"}


def test_pooled_is_the_mean_over_seeds(summed):
    cell = {r["seed"]: float(r["value"]) for r in rows(summed)
            if (r["arm"], r["split"], r["metric"]) == ("base", "in_domain", "few/accuracy")}  # fmt: skip
    assert cell["all"] == pytest.approx((cell["0"] + cell["1"]) / 2, abs=1e-5)


def test_equal_arms_gain_exactly_nothing(summed):
    found = read_json(summed[0] / "results/metrics.json")
    made = found["tasks"]["tissue"]["in_domain"]["made"]
    assert made["few"]["gain"] == {"value": 0, "low": 0, "high": 0}
    reduction = made["few"]["error_reduction"]
    assert (reduction["value"], reduction["low"], reduction["high"], reduction["n"]) == (1, 1, 1, 16)
    assert reduction["accuracy"] == reduction["accuracy_baseline"] == made["few"]["accuracy"]["value"]
    verdict = found["verdicts"]["tissue"]["in_domain"]["made"]
    assert (verdict["role"], verdict["excludes_zero"], verdict["within_seeds"]) == ("synthetic", False, True)


def test_one_test_patient_gives_a_value_and_no_interval(summed):
    found = read_json(summed[0] / "results/metrics.json")
    gain = found["tasks"]["tissue"]["unseen_site"]["made"]["few"]["gain"]
    assert gain == {"value": 0, "low": None, "high": None}
    assert found["verdicts"]["tissue"]["unseen_site"]["made"]["excludes_zero"] is False


def test_metrics_hold_translators_and_normalisation(summed):
    found = read_json(summed[0] / "results/metrics.json")
    assert found["translators"] == {"toy": {"train": {"l1": 0.1}}}
    assert found["normalization"] == {"colour_spread": {"after": 1.0}}


def test_index_and_pruning(summed):
    assert sorted(summed[1]["members"]) == [
        "encoders/base/0", "encoders/base/1", "encoders/made/0", "encoders/made/1", "normalization", "translators/toy",
    ]  # fmt: skip
    assert not (summed[0] / SCORES / "encoders/gone").exists()
    assert (summed[0] / SCORES / "encoders/made/1.npz").exists()


CONTRAST = {
    "base": Arm(objective="unprivileged", loss="vicreg"),
    "contrast": Arm(objective="unprivileged", loss="infonce"),
    "contrast_made": Arm(objective="trident", loss="infonce", privileged="toy"),
    "real": Arm(objective="trident", loss="vicreg", privileged="real/IHC"),
    "equal": Arm(objective="trident", loss="vicreg", privileged="toy", only_with="IHC", against="real"),
}


@pytest.fixture
def contrast(tmp_path, monkeypatch, make_job):
    """Metrics of five arms that miss 2, 1, 0, 3 and 2 of the 4 tiles of each class of each of two patients."""
    monkeypatch.chdir(tmp_path)
    label = np.tile(np.repeat([0, 1], 4), 2)
    read = []
    for name, missed in zip(CONTRAST, (2, 1, 0, 3, 2), strict=True):
        right = np.tile(np.arange(4) >= missed, 4)
        chances = np.eye(2)[np.where(right, label, 1 - label)]
        path = tmp_path / f"{name}.npz"
        arrays = {"label": label, "patient": np.repeat([0, 1], 8), "seen": np.ones(16, bool)}
        arrays |= {"linear": chances, "knn": chances, "few": chances[None]}
        np.savez(path, **{f"tissue/{key}": array for key, array in arrays.items()})
        facts = {"arm": name, "seed": 0, "tasks": {"tissue": {}}}
        read.append(f"results/scores/encoders/{name}/0.json")
        write_json(Path(read[-1]), {**facts, "scores": str(path), "digest": name})
    write_json(Path("results/scores/normalization.json"), {"digest": "n"})
    arms = {name: arm.model_dump() for name, arm in CONTRAST.items()}
    summarize(make_job("evaluate", read=(*read, "results/scores/normalization.json"), arms=arms))
    return read_json(Path("results/metrics.json"))


def test_a_gain_is_measured_from_the_unprivileged_arm_of_the_same_loss(contrast):
    found = contrast["tasks"]["tissue"]["in_domain"]
    assert [found[arm]["few"]["accuracy"]["value"] for arm in CONTRAST] == [0.5, 0.75, 1, 0.25, 0.5]
    assert [found[arm]["baseline"] for arm in CONTRAST] == [None, "base", "contrast", "base", "real"]
    made = found["contrast_made"]["few"]
    assert made["gain"] == {"value": 0.25, "low": 0.25, "high": 0.25}
    assert made["error_reduction"]["value"] == 0.25 / (0.5 / 16)
    assert made["error_reduction"]["accuracy_baseline"] == 0.75
    said = contrast["verdicts"]["tissue"]["in_domain"]["contrast_made"]
    assert (said["role"], said["baseline"], said["gain"]["value"]) == ("synthetic", "contrast", 0.25)


def test_the_unprivileged_arm_of_another_loss_is_compared_with_the_baseline(contrast):
    found = contrast["tasks"]["tissue"]["in_domain"]
    assert found["contrast"]["few"]["gain"]["value"] == 0.25
    assert found["contrast"]["few"]["error_reduction"]["value"] == 2
    assert contrast["verdicts"]["tissue"]["in_domain"]["contrast"]["role"] == "baseline"
    assert "gain" not in found["base"]["few"]
    assert "base" not in contrast["verdicts"]["tissue"]["in_domain"]


def test_synthetic_against_real_at_equal_sample_count(contrast):
    found = contrast["tasks"]["tissue"]["in_domain"]["equal"]
    assert (found["few"]["gain"]["value"], found["few"]["error_reduction"]["accuracy_baseline"]) == (0.25, 0.25)
    said = contrast["verdicts"]["tissue"]["in_domain"]["equal"]
    assert (said["role"], said["baseline"]) == ("synthetic", "real")
