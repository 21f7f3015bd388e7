import pytest
from typer.testing import CliRunner

from pipeline.commands.compare.command import app
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.manifests.scores import Estimate, Extent, Scope, SummaryManifest, Verdict
from pipeline.core.measures.figures import Figure, write_figures

HEADLINE, OTHER = "few/balanced_accuracy", "few/auroc"
PARAMS = """\
pretrain:
  arms:
    plain: {objective: unprivileged, loss: vicreg}
    real: {objective: trident, loss: vicreg, privileged: self}
evaluate: {tasks: {tissue: {kind: annotation}}, baseline: plain}
"""


def gain(arm, value, low, high, *, over="plain", task="tissue", domain="in_domain", metric=HEADLINE, seed="all"):
    return Figure(arm, seed, task, domain, f"{metric}_gain", over, value, low, high, 90)


def study(folder, *rows, said=None):
    """A folder with figures, and, where verdicts are said of arms over plain, with a summary of scores."""
    alone = Figure("real", "all", "tissue", "in_domain", HEADLINE, "", 0.7, 0.6, 0.8, 90)
    folder.mkdir()
    (folder / "params.yaml").write_text(PARAMS)
    write_figures(folder / "results/figures.csv", [alone, *rows])
    if said:
        verdicts = [verdict(row, said) for row in rows if row.metric == f"{HEADLINE}_gain"]
        scope = Scope(metric=HEADLINE, domains={"in_domain": Extent(patients=9, tiles=90)})
        summary = SummaryManifest(
            members={}, unit="patients", tested={"tissue": scope}, verdicts=tuple(verdicts), digests={},
            figures="results/figures.csv", metrics="results/metrics.json",
        )  # fmt: skip
        path = folder / "results/scores/index.json"
        path.parent.mkdir()
        path.write_text(summary.model_dump_json())
    return folder


def verdict(row, said):
    return Verdict(
        task=row.task, domain=row.split, arm=row.arm, role="real", against=row.against, kind="published",
        gain=Estimate(value=row.value, low=row.ci_low, high=row.ci_high), p=0.01, holm=None, smallest=0.05, said=said,
        patients=9, seeds=5,
    )  # fmt: skip


def compare(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout.splitlines()


@pytest.fixture
def one(tmp_path):
    return study(
        tmp_path / "one",
        gain("real", 0.044, -0.0136, 0.102),
        gain("real", 0.032, 0.004, 0.06, domain="unseen_site"),
        gain("real", 0.01, 0.0, 0.02, metric=OTHER),
        gain("real", 0.02, 0.01, 0.03, over="own"),
        gain("real", 0.9, 0.8, 1.0, seed="0"),
        gain("made", 0.001, -0.1, 0.1),
    )


@pytest.fixture
def two(tmp_path):
    return study(
        tmp_path / "two",
        gain("real", 0.03, float("nan"), float("nan")),
        gain("real", -0.02, -0.05, 0.01, domain="unseen_site"),
        gain("made", -0.002, -0.1, 0.1),
    )


def test_the_table_is_of_the_metric_that_reports_judge_and_of_the_baseline(one, two):
    assert compare(one, two) == [
        "Gains, over plain, task tissue, in points of balanced accuracy (few labels):",
        "",
        "| study | arm | known sites | unseen site |",
        "| --- | --- | --- | --- |",
        "| one | real | +4.4 [−1.4, 10.2] | +3.2 [0.4, 6.0] |",
        "| two | real | +3.0 | −2.0 [−5.0, 1.0] |",
        "| one | made | +0.1 [−10.0, 10.0] | – |",
        "| two | made | −0.2 [−10.0, 10.0] | – |",
        "",
        "The sign turns in 2 of 3 comparisons (real over plain, tissue, unseen site; "
        "made over plain, tissue, known sites); no two verdicts say enough to turn: "
        "a claim that turns with a nuisance is no claim.",
    ]


def test_what_is_asked_for_alone_is_told(one):
    found = compare(one, "--name", "first", "--arm", "real", "--against", "own")
    assert found[0] == "Gains, arm real, over own, task tissue, in points of balanced accuracy (few labels):"
    assert found[4:] == [
        "| first | +2.0 [1.0, 3.0] |",
        "",
        "No comparison is in two studies: there is nothing to turn.",
    ]


@pytest.mark.parametrize("metric", [OTHER, f"{OTHER}_gain"])
def test_another_metric(one, metric):
    found = compare(one, "--metric", metric)
    assert found[0].endswith("in points of AUROC (few labels):")
    assert found[4] == "| one | +1.0 [0.0, 2.0] |"


def test_r2_is_told_in_plain_numbers(tmp_path):
    row = gain("real", 0.08, -0.0004, 0.17, task="share", metric="few/r2")
    found = compare(study(tmp_path / "a", row))
    assert found[0].endswith("task share, in R² (few labels):")
    assert found[4] == "| a | +0.080 [0.000, 0.170] |"


def test_verdicts_are_those_of_the_report(tmp_path, one):
    rows = (gain("real", 0.044, 0.01, 0.08),)
    better = study(tmp_path / "b", *rows, said="better")
    same = study(tmp_path / "c", *rows, said="no difference shown")
    few = study(tmp_path / "d", *rows, said="too few to say")
    assert compare(better, few)[4:] == [
        "| b | +4.4 [1.0, 8.0], better |",
        "| d | +4.4 [1.0, 8.0], too few to say |",
        "",
        "The sign turns in none of 1 comparison; no two verdicts say enough to turn.",
    ]
    assert compare(better, better, "--name", "x", "--name", "y")[-1] == (
        "The sign turns in none of 1 comparison, the verdict in none of 1 comparison."
    )
    assert compare(better, same)[-1] == (
        "The sign turns in none of 1 comparison, the verdict in 1 of 1 comparison "
        "(real over plain, tissue, known sites): a claim that turns with a nuisance is no claim."
    )


def test_a_verdict_is_of_its_own_metric(tmp_path):
    rows = gain("real", 0.04, 0.01, 0.08), gain("real", 0.04, 0.01, 0.08, metric=OTHER)
    folder = study(tmp_path / "b", *rows, said="better")
    assert compare(folder, "--metric", OTHER)[4] == "| b | +4.0 [1.0, 8.0] |"


def test_a_study_that_was_not_run(tmp_path, one):
    (tmp_path / "new").mkdir()
    with pytest.raises(ProductError, match="study 'new' has no results yet") as error:
        compare(one, tmp_path / "new")
    assert error.value.where.endswith("new/results/figures.csv")
    assert f"snakemake --directory {tmp_path / 'new'}" in error.value.fix


@pytest.mark.parametrize(
    ("asked", "message", "fix"),
    [
        (("--arm", "made", "--arm", "fake"), "study 'two' has no gain of arm 'fake'", "choose --arm of: real, made"),
        (("--against", "own"), "study 'two' has no gain over 'own'", "choose --against of: plain"),
        (("--task", "grade"), "study 'two' has no gain in task 'grade'", "choose --task of: tissue"),
        (("--metric", "few/r2"), "study 'two' has no gain in metric 'few/r2'", f"choose --metric of: {HEADLINE}"),
    ],
)
def test_what_a_study_has_not_is_told_with_what_it_has(two, asked, message, fix):
    with pytest.raises(StudyError) as error:
        compare(two, *asked)
    assert error.value.message == message
    assert error.value.fix == fix


def test_an_arm_that_has_no_gain_over_what_is_asked(one):
    with pytest.raises(StudyError, match="no gain of arm 'made' over 'own'") as error:
        compare(one, "--arm", "real", "--arm", "made", "--against", "own")
    assert error.value.fix == "choose --against of: plain"


def test_a_study_that_compares_nothing(tmp_path):
    with pytest.raises(StudyError, match="study 'a' compares nothing"):
        compare(study(tmp_path / "a"))


def test_names_are_one_for_each_study(one, two):
    with pytest.raises(StudyError, match="1 names of 2 studies"):
        compare(one, two, "--name", "a")
    with pytest.raises(StudyError, match="two studies have the same name"):
        compare(one, two, "--name", "a", "--name", "a")


def test_folders_of_one_name_are_told_by_their_paths(tmp_path):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        study(tmp_path / place / "run", gain("real", 0.01, 0.0, 0.02))
    found = compare(tmp_path / "a/run", tmp_path / "b/run")
    assert [line.split(" | ")[0] for line in found[4:6]] == [f"| {tmp_path}/a/run", f"| {tmp_path}/b/run"]
