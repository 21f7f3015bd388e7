"""The words follow from the verdicts and say no more."""

import base64

from pipeline.core.manifests.scores import Extent, Scope, Verdict
from pipeline.report.answer import Line, Outcome, findings, outcomes
from pipeline.report.cautions import alike, caution
from pipeline.report.entry import Entry
from pipeline.report.figures import Figures
from pipeline.report.forest import forest, legend
from pipeline.report.lead import NONE, lead, tally
from tests.report.conftest import figure, verdict

ARMS = [
    Entry("random", "floor", ""),
    Entry("base", "no_view", "", loss="A"),
    *(Entry(name, "synthetic", "", loss="A", published="base") for name in ("one", "two")),
    Entry("noise", "shuffled", "", loss="A", published="base"),
    Entry("real", "real", "", loss="A", published="base"),
    Entry("top", "supervised", "", published="base"),
]
UP, FLAT, DOWN = (0.05, 0.01, 0.09), (0.01, -0.02, 0.04), (-0.05, -0.09, -0.01)


def figures(*said: Verdict, metric: str = "few/balanced_accuracy") -> Figures:
    rows = [figure(arm.name, "in_domain", metric, 0.7, 0.6, 0.8, 9, task="t") for arm in ARMS]
    domains = {"in_domain": Extent(patients=8, tiles=90)}
    return Figures(rows, {"t": Scope(metric=metric, domains=domains)}, said)


def head(arm: str, gain: tuple[float, float, float], **more: str) -> Verdict:
    return verdict(arm, "in_domain", *gain, task="t", against="noise", **more)


def over(arm: str, gain: tuple[float, float, float]) -> Verdict:
    return verdict(arm, "in_domain", *gain, task="t", kind="published", against="base")


def answered(*said: Verdict, metric: str = "few/balanced_accuracy") -> list[str]:
    return lead(outcomes(figures(*said, metric=metric), ARMS), 50, "patients")


def test_a_gain_is_a_yes_and_its_size_follows() -> None:
    first, second = answered(head("one", UP), head("two", FLAT))
    assert first.startswith("Yes, a generated second view during training helped: better in 1, no difference")
    over_nothing = "over a second view that shows nothing new"
    assert second == f"With 50 labels per class it was worth +1.0 to +5.0 points of balanced accuracy {over_nothing}."
    both = answered(head("one", UP), over("one", DOWN))[1]
    assert both.endswith(
        f"+5.0 [1.0, 9.0] points of balanced accuracy {over_nothing}, and −5.0 [−9.0, −1.0] over none."
    )


def test_a_single_arm_has_its_interval() -> None:
    assert "it was worth +5.0 [1.0, 9.0] points of balanced accuracy" in answered(head("one", UP))[1]


def test_harm_is_a_no() -> None:
    assert answered(head("one", DOWN))[0].startswith("No, a generated second view during training did harm")


def test_both_is_neither() -> None:
    assert answered(head("one", DOWN), head("two", UP))[0].startswith("It depends")


def test_nothing_shown_is_said_as_that() -> None:
    assert answered(head("one", FLAT))[0].startswith("It was not shown that")


def test_too_few_is_the_answer_where_it_is_all_there_is() -> None:
    said = answered(head("one", UP, said="too few to say"))[0]
    assert said.startswith("Too few to say whether")
    assert "at most 8 patients were tested in one place and 5 encoders trained of each kind" in said


def test_a_task_without_a_verdict_is_not_an_answer() -> None:
    assert answered(head("one", UP, said="no verdict"))[0].startswith("No verdict")


def test_the_real_view_has_a_sentence_of_its_own() -> None:
    said = answered(head("one", FLAT), head("real", UP))
    assert said[2] == "A real second view, measured on the same tissue: better in 1 of 1 comparison."


def test_a_control_that_gains_over_no_view_is_a_caution() -> None:
    assert "(“noise”)" in answered(head("one", UP), over("noise", UP))[-1]
    assert caution(outcomes(figures(head("one", UP), over("noise", FLAT)), ARMS)) == ""


def test_a_gain_over_controls_that_is_none_over_no_view_is_told() -> None:
    said = answered(head("one", UP), over("one", DOWN), head("two", UP), over("two", UP))
    assert said[-1] == (
        "But “one” was not shown to do better than an encoder without a view everywhere, and “one” did worse: "
        "a third branch costs more there than its view brings."
    )
    assert "did worse" not in answered(head("one", UP), over("one", FLAT))[-1]
    assert not any("not shown to do" in sentence for sentence in answered(head("one", UP), over("one", UP)))
    assert not any("not shown to do" in sentence for sentence in answered(head("one", FLAT), over("one", FLAT)))


def test_yes_is_said_of_half_of_the_comparisons_or_more() -> None:
    few = answered(head("one", UP), head("two", FLAT), head("two", FLAT))
    assert few[0].startswith("Yes")
    arms = [*ARMS, Entry("three", "synthetic", "", loss="A", published="base")]
    rows = [figure(a.name, "in_domain", "few/balanced_accuracy", 0.7, 0.6, 0.8, 9, task="t") for a in arms]
    said = [head("one", UP), head("two", FLAT), head("three", FLAT)]
    found = outcomes(Figures(rows, figures().scopes, said), arms)
    assert lead(found, 50, "patients")[0].startswith(
        "In some comparisons, a generated second view during training helped"
    )


def test_what_a_gain_is_over_is_said_where_it_is_one_thing() -> None:
    assert answered(head("one", UP))[0].endswith("a second view which shows nothing new.")
    plain = verdict("one", "in_domain", *UP, task="t", against="base")
    assert answered(plain)[0].endswith("each with an encoder without a second view.")
    assert answered(plain, head("two", UP))[0].endswith("2 comparisons.")


def test_synthetic_against_real_has_a_sentence_and_a_row_of_its_own() -> None:
    asked = verdict("one", "in_domain", *DOWN, task="t", kind="named", against="real")
    said = answered(head("one", UP), asked, head("real", UP))
    assert "The generated view against the real one: worse in 1 of 1 comparison." in said
    found = findings(figures(head("one", UP), asked), ARMS, "t", "in_domain")[0]
    assert [(line.over, line.told) for line in found.lines] == [("noise", "▲ better"), ("real", "▼ worse")]


def test_arms_that_share_a_translator_are_named() -> None:
    arms = [Entry("one", "synthetic", "", view="a"), Entry("two", "synthetic", "", view="b")]
    (said,) = alike(arms, {"a": 1, "b": 5}, 5)
    assert said.startswith("The encoders of “one” share translators")
    assert alike(arms, {"a": 5, "b": 5}, 5) == []


def test_without_a_synthetic_arm_nothing_is_claimed() -> None:
    assert answered(head("real", UP)) == [NONE]


def test_values_are_told_in_their_metric_and_have_no_classes() -> None:
    said = answered(head("one", UP), metric="few/r2")
    assert said[1].startswith("With 50 labels it was worth +0.050 [0.010, 0.090] R² over")
    assert outcomes(figures(head("one", UP), metric="few/r2"), ARMS)[0].counted == "R²"


def test_a_finding_holds_both_comparisons() -> None:
    (found,) = findings(figures(head("one", UP), over("one", FLAT)), ARMS, "t", "in_domain")
    assert (found.own, found.amount, found.plain) == ("0.700", "+5.0 [1.0, 9.0]", "+1.0 [−2.0, 4.0]")
    assert found.lines == [Line("▲ better", "better", "+5.0 [1.0, 9.0]", "noise", "3.1")]


def test_a_verdict_is_that_of_the_file_and_not_of_the_interval() -> None:
    (found,) = findings(figures(head("one", UP, said="no difference shown")), ARMS, "t", "in_domain")
    assert (found.lines[0].told, found.lines[0].mark) == ("● no difference shown", "no")


def test_controls_come_last_and_are_called_that() -> None:
    found = findings(figures(over("noise", UP), head("one", UP), over("top", UP)), ARMS, "t", "in_domain")
    assert [(f.arm.name, f.lines[0].told, f.amount) for f in found] == [
        ("one", "▲ better", "+5.0 [1.0, 9.0]"),
        ("noise", "control", "–"),
    ]


def test_a_domain_that_was_not_measured_is_not_spoken_of() -> None:
    assert [o.domain for o in outcomes(figures(head("one", UP)), ARMS)] == ["in_domain"]


def test_test_patients_are_counted_where_there_are_any() -> None:
    assert tally({"t": {"in_domain": 3}}, "patients") == "3 patients of known sites"
    both = {"in_domain": 1, "unseen_site": 2}
    assert tally({"t": both, "u": both}, "regions") == "1 regions of known sites and 2 regions of an unseen site"


def test_tasks_that_differ_in_their_test_patients_are_named() -> None:
    said = tally({"t": {"in_domain": 3}, "u": {"in_domain": 2}}, "patients")
    assert said == "3 patients of known sites for “t”, 2 patients of known sites for “u”"


def drawn(*said: Verdict, arms: list[Entry] = ARMS) -> tuple[str, str]:
    """The description of a forest, and its SVG."""
    found: list[Outcome] = outcomes(figures(*said), arms)
    picture = forest(found)
    assert picture is not None
    return picture.alt, base64.b64decode(picture.src.partition(",")[2]).decode()


def test_the_forest_shows_both_gains() -> None:
    alt, page = drawn(head("one", UP), over("one", FLAT), over("noise", FLAT))
    assert "one +5.0 [1.0, 9.0], noise +1.0 [−2.0, 4.0]" in alt
    assert all(text in page for text in ("+5.0 [1.0, 9.0]", "+1.0 [−2.0, 4.0]", "gain, points of balanced accuracy"))


def test_several_losses_have_a_heading_each() -> None:
    other = [*ARMS, Entry("made", "synthetic", "", loss="B", published="base")]
    rows = figures(head("one", UP), head("made", DOWN))
    rows = Figures(
        [figure(arm.name, "in_domain", "few/balanced_accuracy", 0.7, 0.6, 0.8, 9, task="t") for arm in other],
        rows.scopes,
        [head("one", UP), head("made", DOWN)],
    )
    picture = forest(outcomes(rows, other))
    assert picture is not None
    assert "A, one +5.0 [1.0, 9.0], B, made −5.0 [−9.0, −1.0]" in picture.alt


def test_nothing_compared_draws_nothing() -> None:
    assert forest(outcomes(figures(), ARMS)) is None


def test_the_legend_names_what_there_is() -> None:
    assert [text for _, _, text in legend(ARMS)] == [
        "Synthetic privileged view",
        "Real privileged view",
        "Shuffled view: another tile's",
    ]
