"""The words follow from the intervals and say no more."""

import base64
import math

from pipeline.core.manifests.scores import Comparison, Extent
from pipeline.report.answer import GAIN, caution, findings, outcomes
from pipeline.report.entry import Entry
from pipeline.report.figures import Figures
from pipeline.report.forest import forest
from pipeline.report.lead import lead, tally
from tests.report.conftest import figure, verdict

ARMS = [
    Entry("base", "baseline", ""),
    *(Entry(name, "synthetic", "", baseline="base", against="A, over “base”") for name in ("one", "two")),
    Entry("noise", "control", "", baseline="base", against="A, over “base”"),
    Entry("top", "ceiling", "", baseline="base"),
]
CONTRAST = [
    Entry("contrast", "baseline", "", baseline="base", against="B, over “base” with A"),
    Entry("made", "synthetic", "", baseline="contrast", against="B, over “contrast”"),
]


def figures(*, metric: str = "few/balanced_accuracy", **gains: tuple[float, float, float]) -> Figures:
    rows = [figure(arm, "in_domain", GAIN, *gain, 9, task="t") for arm, gain in gains.items()]
    domains = {"in_domain": Extent(patients=2, tiles=9)}
    said = [verdict(arm, "in_domain", *gain, task="t") for arm, gain in gains.items()]
    return Figures(rows, {"t": Comparison(metric=metric, domains=domains)}, said)


UP, FLAT, DOWN = (0.05, 0.01, 0.09), (0.01, -0.02, 0.04), (-0.05, -0.09, -0.01)
VERDICTS = [verdict("one", "in_domain", *UP, task="t")]


def test_the_lead_counts_synthetic_arms_by_verdict() -> None:
    said = lead(figures(one=UP, two=FLAT, noise=UP), ARMS, 50)
    assert len(said) == 1
    assert said[0].startswith("With 50 labels per class of “t”")
    assert said[0].endswith("on the known sites: better in 1, no difference shown in 1 of 2 arms.")


def test_the_lead_gives_the_figure_of_a_single_arm() -> None:
    said = lead(figures(one=DOWN), ARMS, 50)
    assert said[0].endswith("on the known sites: worse (−5.0 [−9.0, −1.0] points).")


def test_values_have_labels_without_classes_and_points_of_their_metric() -> None:
    found = figures(one=UP, metric="few/r2")
    assert lead(found, ARMS, 50)[0].startswith("With 50 labels of “t”")
    assert outcomes(found, ARMS)[0].counted == "R²"


def test_a_gain_of_r2_is_no_share_and_has_no_points() -> None:
    found = figures(one=UP, metric="few/r2")
    assert lead(found, ARMS, 50)[0].endswith("on the known sites: better (+0.050 [0.010, 0.090] in R²).")
    drawn = forest(found, ARMS, "t")
    assert drawn is not None
    assert "one +0.050 [0.010, 0.090]" in drawn.alt
    page = base64.b64decode(drawn.src.partition(",")[2]).decode()
    assert "gain over the baseline, R²" in page
    assert outcomes(figures(one=UP), ARMS)[0].counted == "points of balanced accuracy"


def test_of_a_gain_that_is_not_defined_nothing_is_said() -> None:
    lost = figure("two", "in_domain", GAIN, math.nan, math.nan, math.nan, 9, task="t")
    known = figures(one=UP, metric="few/r2")
    found = Figures([figure("one", "in_domain", GAIN, *UP, 9, task="t"), lost], known.comparisons, VERDICTS)
    assert lead(found, ARMS, 50)[0].endswith("known sites: better (+0.050 [0.010, 0.090] in R²).")
    alone = Figures([lost], known.comparisons)
    assert lead(alone, ARMS, 50) == ["No gain of an arm with a synthetic privileged view is defined."]
    assert outcomes(alone, ARMS)[0].blocks == []
    assert forest(alone, ARMS, "t") is None


def test_a_verdict_is_that_of_the_file_and_not_of_the_interval() -> None:
    gains = figures(one=UP)
    other = Figures(
        [figure("one", "in_domain", GAIN, *UP, 9, task="t")],
        gains.comparisons,
        [verdict("one", "in_domain", *DOWN, task="t")],
    )
    assert findings(other, ARMS, "t", "in_domain")[0].said == "worse"


def test_without_a_synthetic_arm_nothing_is_claimed() -> None:
    without = [arm for arm in ARMS if arm.role != "synthetic"]
    assert "no arm with a synthetic privileged view" in lead(figures(noise=FLAT), without, 50)[0]


def test_floor_ceiling_and_baseline_are_not_compared() -> None:
    found = findings(figures(base=FLAT, one=UP, top=UP), ARMS, "t", "in_domain")
    assert [f.arm.name for f in found] == ["one"]


def test_a_control_that_gains_takes_the_credit_away() -> None:
    found = findings(figures(one=UP, noise=UP), ARMS, "t", "in_domain")
    assert "cannot be credited" in caution(found)


def test_a_control_that_loses_is_named() -> None:
    found = findings(figures(one=UP, noise=DOWN), ARMS, "t", "in_domain")
    assert caution(found) == "The control “noise” did worse than the baseline: here a useless view does harm."


def test_controls_that_stay_are_mentioned_only_beside_a_gain() -> None:
    assert "stayed" in caution(findings(figures(one=UP, noise=FLAT), ARMS, "t", "in_domain"))
    assert caution(findings(figures(one=FLAT, noise=FLAT), ARMS, "t", "in_domain")) == ""


def test_a_domain_that_was_not_measured_is_not_spoken_of() -> None:
    assert [d.domain for d in outcomes(figures(one=UP), ARMS)] == ["in_domain"]


def test_the_lead_counts_the_synthetic_arms_of_every_loss_and_names_their_baselines() -> None:
    (said,) = lead(figures(one=UP, two=FLAT, contrast=UP, made=UP), [*ARMS, *CONTRAST], 50)
    assert "each compared with its baseline, “base” or “contrast”, which had none, came out" in said
    assert said.endswith("better in 2, no difference shown in 1 of 3 arms.")


EQUAL = [
    Entry("real", "real", "", baseline="base", against="A, over “base”"),
    Entry("equal", "synthetic", "", baseline="real", against="A, over “real”"),
]


def test_synthetic_against_real_has_a_sentence_and_findings_of_its_own() -> None:
    found, arms = figures(one=UP, two=UP, real=UP, equal=DOWN), [*ARMS, *EQUAL]
    first, second = lead(found, arms, 50)
    assert first.endswith("compared with “base”, which had none, came out on the known sites: better in 2 of 2 arms.")
    assert "compared with “real”, which had a real one, came out on the known sites: worse" in second
    blocks = {block.against: block.groups for block in outcomes(found, arms)[0].blocks}
    assert [(text, [f.arm.name for f in group]) for text, group in blocks["A, over “real”"]] == [
        ("Synthetic privileged view", ["equal"])
    ]


def test_test_patients_are_counted_where_there_are_any() -> None:
    assert tally({"t": {"in_domain": 3}}) == "3 test patients of known sites"
    both = {"in_domain": 1, "unseen_site": 2}
    assert tally({"t": both, "u": both}) == "1 test patient of known sites and 2 test patients of an unseen site"


def test_tasks_that_differ_in_their_test_patients_are_named() -> None:
    said = tally({"t": {"in_domain": 3}, "u": {"in_domain": 2}})
    assert said == "3 test patients of known sites for “t”, 2 test patients of known sites for “u”"


def test_each_baseline_has_its_own_findings_and_controls() -> None:
    (found,) = outcomes(figures(one=UP, noise=UP, contrast=UP, made=UP), [*ARMS, *CONTRAST])
    assert [(b.against, [f.arm.name for _, group in b.groups for f in group]) for b in found.blocks] == [
        ("A, over “base”", ["one", "noise"]),
        ("B, over “contrast”", ["made"]),
    ]
    assert "cannot be credited" in found.blocks[0].caution
    assert found.blocks[1].caution == ""


def test_the_forest_says_what_each_arm_is_compared_with() -> None:
    drawn = forest(figures(one=UP, made=DOWN), [*ARMS, *CONTRAST], "t")
    assert drawn is not None
    assert "A, over “base”, one +5.0 [1.0, 9.0], B, over “contrast”, made −5.0 [−9.0, −1.0]" in drawn.alt
    page = base64.b64decode(drawn.src.partition(",")[2]).decode()
    assert all(text in page for text in ("A, over “base”", "B, over “contrast”"))
