"""Every number on the page is the number in figures.csv."""

import re
from pathlib import Path

from pipeline.core.job import Job
from pipeline.core.manifests.scores import Comparison, Extent
from pipeline.core.measures.figures import read_figures, write_figures
from pipeline.report.entry import Entry
from pipeline.report.figures import Figures
from pipeline.report.tables import Table, arm_tables, columns, score_table
from tests.report.conftest import INPUTS, PAGE, SPEC, figure, verdict

SHOWN = [
    *(f"{probe}/{metric}" for probe in ("few", "linear", "knn") for metric in ("balanced_accuracy", "auroc")),
    "few/gain",
    "few/error_reduction",
]


def tables() -> list[Table]:
    figures = Figures.read(Path(INPUTS["figures"]), Path(INPUTS["scores"]))
    return arm_tables(figures, [Entry(**arm) for arm in SPEC["arms"]])


def test_there_is_one_table_per_domain(study: Job) -> None:
    assert [(t.task, t.domain) for t in tables()] == [("tissue", "known sites"), ("tissue", "unseen site")]


def test_floor_comes_first_and_ceiling_last(study: Job) -> None:
    names = [row.arm.name for row in tables()[0].rows]
    assert names == ["untrained", "unprivileged", "synthetic", "siamese", "real", "shuffled", "supervised"]


def test_every_number_equals_the_file(study: Job) -> None:
    text = PAGE.read_text()
    drawn = re.findall(r'<table class="wide">\s*<caption>tissue, (.*?)</caption>(.*?)</table>', text, re.DOTALL)
    pooled = [row for row in read_figures(Path(INPUTS["figures"])) if row.seed == "all"]
    checked = 0
    for (label, body), split in zip(drawn, ("in_domain", "unseen_site"), strict=True):
        assert label == {"in_domain": "known sites", "unseen_site": "unseen site"}[split]
        for arm, cells in re.findall(r'<th scope="row">([^<]+)<.*?</th>(.*?)</tr>', body, re.DOTALL):
            shown = [re.sub(r"<[^>]+>", " ", cell) for cell in re.findall(r"<td.*?</td>", cells, re.DOTALL)]
            for metric, cell in zip(SHOWN, shown, strict=True):
                rows = [r for r in pooled if (r.arm, r.split, r.metric) == (arm, split, metric)]
                found = [float(x) for x in re.findall(r"[+-]?\d+\.\d+", cell.replace("−", "-"))][:3]
                if arm == "unprivileged" and metric in SHOWN[-2:]:
                    assert found == []
                    continue
                digits = 2 if metric == "few/error_reduction" else 3
                wanted = [number for r in rows for number in (r.value, r.ci_low, r.ci_high)]
                assert [f"{x:.{digits}f}" for x in found] == [f"{x:.{digits}f}" for x in wanted], (arm, metric)
                checked += len(found)
    assert checked > 250


def test_error_reduction_stands_beside_both_accuracies_and_n(study: Job) -> None:
    cell = tables()[0].rows[2].cells[-1]
    assert cell.value == "1.18"
    assert cell.below[-1] == "0.694 → 0.741, n = 46"


def test_a_column_nobody_measured_is_left_out(study: Job) -> None:
    path = Path(INPUTS["figures"])
    write_figures(path, [row for row in read_figures(path) if not row.metric.startswith("knn/")])
    assert [group for group, _ in tables()[0].groups] == [
        "Few labels",
        "All labels, linear",
        "Few labels, against the baseline",
    ]


def test_a_new_metric_or_probe_has_a_column_without_new_code() -> None:
    rows = [figure("base", "in_domain", metric, 0.5, 0.4, 0.6, 9) for metric in ("odd_probe/r2", "few/spearman")]
    assert columns(Figures(rows), "tissue") == [
        ("few/spearman", "Few labels", "Spearman"),
        ("odd_probe/r2", "odd probe", "R²"),
    ]


def test_a_task_of_values_has_no_error_reduction() -> None:
    rows = [
        *(figure(arm, "in_domain", "few/r2", 0.5, 0.4, 0.6, 9) for arm in ("base", "made")),
        figure("made", "in_domain", "few/gain", 0.1, 0.05, 0.2, 9),
    ]
    comparison = Comparison(metric="few/r2", domains={"in_domain": Extent(patients=2, tiles=9)})
    arms = [Entry("base", "baseline", ""), Entry("made", "synthetic", "", baseline="base")]
    said = [verdict("made", "in_domain", 0.1, 0.05, 0.2)]
    (table,) = arm_tables(Figures(rows, {"tissue": comparison}, said), arms)
    assert table.heads == ["R²", "gain, R²"]
    assert [cell.mark for cell in table.rows[1].cells] == ["", "better"]


def test_scores_of_a_subject_have_a_column_per_domain_and_their_number() -> None:
    rows = [figure("one", d, "ssim", 0.5, 0.4, 0.6, n, task="x") for d, n in (("unseen_site", 3), ("train", 8))]
    table = score_table(Figures([*rows, rows[0]._replace(arm="two", metric="l1")]), "one", "x", "tiles")
    assert table.heads == ["training patients", "unseen site"]
    assert [(name, [cell.value for cell in cells]) for name, cells in table.rows] == [
        ("ssim", ["0.5", "0.5"]),
        ("tiles", ["8", "3"]),
    ]
    assert score_table(Figures(rows), "nobody", "x", "tiles").heads == []


def test_with_two_losses_a_cell_names_its_baseline_and_takes_its_accuracy() -> None:
    arms = [
        Entry("base", "baseline", ""),
        Entry("contrast", "baseline", "", baseline="base"),
        Entry("made", "synthetic", "", baseline="contrast"),
    ]
    values = {
        ("base", "few/accuracy"): 0.5, ("contrast", "few/accuracy"): 0.75, ("made", "few/accuracy"): 0.875,
        ("contrast", "few/gain"): 0.25, ("made", "few/gain"): 0.125,
        ("contrast", "few/error_reduction"): 2, ("made", "few/error_reduction"): 2,
    }  # fmt: skip
    rows = [figure(arm, "in_domain", metric, value, value, value, 16) for (arm, metric), value in values.items()]
    comparison = Comparison(metric="few/balanced_accuracy", domains={"in_domain": Extent(patients=2, tiles=16)})
    said = [verdict(arm, "in_domain", 1, 1, 1) for arm in ("contrast", "made")]
    (table,) = arm_tables(Figures(rows, {"tissue": comparison}, said), arms)
    gains, reductions = ([row.cells[column] for row in table.rows] for column in (-2, -1))
    assert [cell.value for cell in gains] == ["–", "+0.250", "+0.125"]
    assert [cell.below[-1:] for cell in gains] == [(), ("over base",), ("over contrast",)]
    assert [cell.below[1:] for cell in reductions] == [
        (),
        ("0.500 → 0.750, n = 16", "over base"),
        ("0.750 → 0.875, n = 16", "over contrast"),
    ]
