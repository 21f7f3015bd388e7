import math
from pathlib import Path

import pytest

from pipeline.core.errors import ProductError
from pipeline.report.scores import Estimate, Figures, minus, number

ROW = {"arm": "a", "seed": "all", "task": "t", "split": "in_domain", "metric": "few/gain"}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.001, 0.1, "better"),
        (-0.1, -0.001, "worse"),
        (-0.1, 0.1, "no difference shown"),
        (0.0, 0.1, "no difference shown"),
        (math.nan, math.nan, "no difference shown"),
    ],
)
def test_the_verdict_is_that_of_the_interval(low: float, high: float, verdict: str) -> None:
    assert Estimate(0.05, low, high).verdict == verdict


def test_points_are_percentages_with_true_minus_signs() -> None:
    assert Estimate(-0.0316, -0.058, 0.0004).points() == "−3.2 [−5.8, 0.0]"


def test_a_rounded_zero_has_no_sign() -> None:
    assert minus("-0.000") == "0.000"
    assert minus("-0.010") == "−0.010"


def test_infinite_and_missing_numbers_have_their_signs() -> None:
    assert [number(x) for x in (math.inf, -math.inf, math.nan, 0.12345)] == ["∞", "−∞", "–", "0.123"]


def test_empty_cells_are_nan_and_n_is_absent() -> None:
    figures = Figures([{**ROW, "value": "0.5", "ci_low": "", "ci_high": "", "n": ""}])
    found = figures.get("a", "t", "in_domain", "few/gain")
    assert found is not None
    assert found.value == 0.5
    assert math.isnan(found.low)
    assert found.n is None


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text("arm,value\na,1\n")
    with pytest.raises(ProductError, match="'seed'"):
        Figures.read(path)


def test_no_file_is_refused_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ProductError, match="evaluate"):
        Figures.read(tmp_path / "figures.csv")
