"""Every number on the page is the number in figures.csv, or in the verdicts."""

import re
from pathlib import Path

from pipeline.core.job import Job
from pipeline.core.manifests.scores import Extent, Scope, SummaryManifest
from pipeline.core.measures.figures import read_figures, write_figures
from pipeline.report.entry import Entry
from pipeline.report.figures import Figures
from pipeline.report.tables import Table, arm_tables, more_tables, score_table
from tests.report.conftest import INPUTS, PAGE, SPEC, figure, verdict

SHOWN = [f"{probe}/{metric}" for probe in ("few", "linear") for metric in ("balanced_accuracy", "auroc")]
ENTRIES = [Entry(**arm) for arm in SPEC["arms"]]


def read() -> Figures:
    return Figures.read(Path(INPUTS["figures"]), SummaryManifest.read(Path(INPUTS["scores"])))


def tables() -> list[Table]:
    return arm_tables(read(), ENTRIES)


def test_there_is_one_table_per_domain(study: Job) -> None:
    assert [t.title for t in tables()] == ["tissue, known sites", "tissue, unseen site"]


def test_floor_comes_first_and_ceiling_last(study: Job) -> None:
    names = [row.arm.name for row in tables()[0].rows]
    assert names == ["untrained", "unprivileged", "synthetic", "siamese", "real", "shuffled", "supervised"]


def test_every_number_equals_the_file(study: Job) -> None:
    text = PAGE.read_text().partition('id="arms"')[2]
    drawn = re.findall(r'<table class="wide">\s*<caption>tissue, (.*?)</caption>(.*?)</table>', text, re.DOTALL)
    pooled = [row for row in read_figures(Path(INPUTS["figures"])) if row.seed == "all"]
    checked = 0
    for (label, body), split in zip(drawn[:2], ("in_domain", "unseen_site"), strict=True):
        assert label == {"in_domain": "known sites", "unseen_site": "unseen site"}[split]
        for arm, cells in re.findall(r'<th scope="row">([^<]+)<.*?</th>(.*?)</tr>', body, re.DOTALL):
            shown = [re.sub(r"<[^>]+>", " ", cell) for cell in re.findall(r"<td.*?</td>", cells, re.DOTALL)]
            for metric, cell in zip(SHOWN, shown, strict=False):
                (row,) = [r for r in pooled if (r.arm, r.split, r.metric) == (arm, split, metric)]
                found = [float(x) for x in re.findall(r"[+-]?\d+\.\d+", cell.replace("−", "-"))][:3]
                assert [f"{x:.3f}" for x in found] == [f"{x:.3f}" for x in (row.value, row.ci_low, row.ci_high)]
                checked += len(found)
    assert checked == 2 * 7 * 4 * 3


def test_gains_are_those_of_the_verdicts(study: Job) -> None:
    alone, published, _ = tables()[0].rows[2].cells[-3:]
    assert (alone.value, alone.below, alone.mark) == ("+4.9", ("[1.4, 8.5]", "over shuffled"), "better")
    assert (published.value, published.below) == ("+4.7", ("[1.2, 8.3]", "over unprivileged"))
    assert [cell.value for cell in tables()[0].rows[1].cells[-3:]] == ["–", "–", "–"]


def test_error_reduction_stands_beside_both_accuracies_and_n(study: Job) -> None:
    cell = tables()[0].rows[2].cells[-1]
    assert cell.value == "1.18"
    assert cell.below[-2:] == ("0.694 → 0.741", "n = 46")


def test_a_column_nobody_measured_is_left_out(study: Job) -> None:
    path = Path(INPUTS["figures"])
    write_figures(path, [row for row in read_figures(path) if not row.metric.startswith("linear/")])
    assert [group for group, _ in tables()[0].groups] == ["Few labels", "Few labels, gain"]


def test_a_probe_beside_the_usual_ones_has_a_column_of_the_second_table_without_new_code(study: Job) -> None:
    assert [table.groups for table in more_tables(read(), ENTRIES)] == [[("knn", 2)], [("knn", 2)]]
    path = Path(INPUTS["figures"])
    odd = [figure(arm, "in_domain", "odd_probe/auroc", 0.5, 0.4, 0.6, 9) for arm in ("unprivileged", "colour")]
    write_figures(path, [*(row for row in read_figures(path) if not row.metric.startswith("knn/")), *odd])
    (table,) = more_tables(read(), ENTRIES)
    assert (table.groups, table.heads) == ([("odd probe", 1)], ["AUROC"])
    assert [row.arm.name for row in table.rows] == ["colour", "unprivileged"]


def test_what_some_arms_alone_can_do_has_a_table_of_its_own() -> None:
    rows = [figure("told", "in_domain", f"image_to_text/R@{k}", 0.5, 0.4, 0.6, 9, task="retrieval") for k in (1, 5)]
    (table,) = more_tables(Figures(rows), [Entry("base", "no_view", ""), Entry("told", "captioned", "")])
    assert table.title == "retrieval, known sites"
    assert (table.groups, table.heads) == ([("image to text", 2)], ["R@1", "R@5"])
    assert [(row.arm.name, row.cells[0].value) for row in table.rows] == [("told", "0.500")]


def test_a_task_of_values_has_no_error_reduction() -> None:
    rows = [figure(arm, "in_domain", "few/r2", 0.5, 0.4, 0.6, 9) for arm in ("base", "made")]
    scope = Scope(metric="few/r2", domains={"in_domain": Extent(patients=2, tiles=9)})
    arms = [Entry("base", "no_view", ""), Entry("made", "synthetic", "", published="base")]
    said = [verdict("made", "in_domain", 0.1, 0.05, 0.2)]
    (table,) = arm_tables(Figures(rows, {"tissue": scope}, said), arms)
    assert table.heads == ["R²", "view alone", "as published"]
    assert [cell.mark for cell in table.rows[1].cells] == ["", "better", ""]


def test_scores_of_a_subject_have_a_column_per_domain_and_their_number() -> None:
    rows = [figure("one", d, "ssim", 0.5, 0.4, 0.6, n, task="x") for d, n in (("unseen_site", 3), ("train", 8))]
    table = score_table(Figures([*rows, rows[0]._replace(arm="two", metric="l1")]), "one", "x", "tiles")
    assert table.heads == ["training patients", "unseen site"]
    assert [(name, [cell.value for cell in cells]) for name, cells in table.rows] == [
        ("ssim", ["0.5", "0.5"]),
        ("tiles", ["8", "3"]),
    ]
    assert score_table(Figures(rows), "nobody", "x", "tiles").heads == []
