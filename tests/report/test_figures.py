import math

from pipeline.core.manifests.scores import Estimate
from pipeline.core.measures.figures import Figure
from pipeline.report.figures import PLAIN, POINTS, Figures, head, minus, number


def gain(value: float, low: float, high: float) -> Figure:
    return Figure("a", "all", "t", "in_domain", "few/gain", "", value, low, high, 9)


def amount(value: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(value=value, low=low, high=high)


def test_points_are_percentages_with_true_minus_signs() -> None:
    assert POINTS.told(amount(-0.0316, -0.058, 0.0004)) == "−3.2 [−5.8, 0.0]"


def test_points_without_an_interval_are_bare() -> None:
    assert POINTS.told(amount(0.031, None, None)) == "+3.1"


def test_a_gain_of_r2_is_told_as_it_is() -> None:
    assert PLAIN.told(amount(0.1, -0.0004, 0.25)) == "+0.100 [0.000, 0.250]"


def test_a_rounded_zero_has_no_sign() -> None:
    assert minus("-0.000") == "0.000"
    assert minus("-0.010") == "−0.010"


def test_infinite_and_missing_numbers_have_their_signs() -> None:
    assert [number(x) for x in (math.inf, -math.inf, math.nan, 0.12345)] == ["∞", "−∞", "–", "0.123"]


def test_a_figure_is_found_by_what_it_is_of() -> None:
    figures = Figures([gain(0.5, 0.4, 0.6), gain(0.3, 0.2, 0.4)._replace(seed="0")])
    found = figures.get("a", "t", "in_domain", "few/gain")
    assert found is not None
    assert found.value == 0.5
    assert figures.get("a", "t", "in_domain", "few/gain", seed="0") is not found
    assert figures.get("a", "t", "unseen_site", "few/gain") is None
    assert figures.get("a", "t", "in_domain", "few/gain", against="b") is None


def test_tasks_are_those_that_arms_were_compared_in() -> None:
    figures = Figures([gain(0.5, 0.4, 0.6)._replace(task="translate", arm="he2ihc", metric="ssim")])
    assert figures.tasks() == []
    assert figures.subjects("translate") == ["he2ihc"]
    assert figures.metrics("translate") == ["ssim"]


def test_metrics_are_told_in_words() -> None:
    assert [head(name) for name in ("few/balanced_accuracy", "auroc", "linear/r2")] == [
        "few, balanced accuracy",
        "AUROC",
        "linear, R²",
    ]
