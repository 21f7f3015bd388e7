"""Every number on the page is the number in figures.csv."""

import csv
import re
from pathlib import Path

from pipeline.core.job import Job
from pipeline.report.arms import Entry, entries
from pipeline.report.page import PAGE
from pipeline.report.scores import Figures
from pipeline.report.tables import COLUMNS, Table, arm_tables
from pipeline.study.study import parse_study
from tests.report.conftest import row

SHOWN = [*(metric for metric, _, _ in COLUMNS), "few/gain", "few/error_reduction"]


def tables(job: Job) -> list[Table]:
    study = parse_study(job.spec["study"])
    return arm_tables(Figures.read(), entries(study))


def test_there_is_one_table_per_domain(study: Job) -> None:
    assert [(t.task, t.domain) for t in tables(study)] == [("tissue", "known sites"), ("tissue", "unseen site")]


def test_floor_comes_first_and_ceiling_last(study: Job) -> None:
    names = [row.arm.name for row in tables(study)[0].rows]
    assert names == ["untrained", "unprivileged", "synthetic", "siamese", "real", "shuffled", "supervised"]


def test_every_number_equals_the_file(study: Job) -> None:
    text = PAGE.read_text()
    drawn = re.findall(r'<table class="wide">\s*<caption>tissue, (.*?)</caption>(.*?)</table>', text, re.DOTALL)
    with Path("results/figures.csv").open() as file:
        pooled = [row for row in csv.DictReader(file) if row["seed"] == "all"]
    checked = 0
    for (label, body), split in zip(drawn, ("in_domain", "unseen_site"), strict=True):
        assert label == {"in_domain": "known sites", "unseen_site": "unseen site"}[split]
        for arm, cells in re.findall(r'<th scope="row">([^<]+)<.*?</th>(.*?)</tr>', body, re.DOTALL):
            shown = [re.sub(r"<[^>]+>", " ", cell) for cell in re.findall(r"<td.*?</td>", cells, re.DOTALL)]
            for metric, cell in zip(SHOWN, shown, strict=True):
                rows = [r for r in pooled if (r["arm"], r["split"], r["metric"]) == (arm, split, metric)]
                found = [float(x) for x in re.findall(r"[+-]?\d+\.\d+", cell.replace("−", "-"))][:3]
                if arm == "unprivileged" and metric in SHOWN[-2:]:
                    assert found == []
                    continue
                digits = 2 if metric == "few/error_reduction" else 3
                wanted = [float(r[key]) for r in rows for key in ("value", "ci_low", "ci_high")]
                assert [f"{x:.{digits}f}" for x in found] == [f"{x:.{digits}f}" for x in wanted], (arm, metric)
                checked += len(found)
    assert checked > 250


def test_error_reduction_stands_beside_both_accuracies_and_n(study: Job) -> None:
    cell = tables(study)[0].rows[2].cells[-1]
    assert cell.value == "1.18"
    assert cell.below[-1] == "0.694 → 0.741, n = 46"


def test_a_column_nobody_measured_is_left_out(study: Job) -> None:
    path = Path("results/figures.csv")
    path.write_text("".join(line for line in path.read_text().splitlines(True) if ",knn/" not in line))
    assert [group for group, _ in tables(study)[0].groups] == [
        "Few labels",
        "All labels, linear",
        "Few labels, against the baseline",
    ]


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
    rows = [row(arm, "in_domain", metric, value, value, value, 16) for (arm, metric), value in values.items()]
    (table,) = arm_tables(Figures({key: str(value) for key, value in row.items()} for row in rows), arms)
    gains, reductions = ([row.cells[column] for row in table.rows] for column in (-2, -1))
    assert [cell.value for cell in gains] == ["–", "+0.250", "+0.125"]
    assert [cell.below[-1:] for cell in gains] == [(), ("over base",), ("over contrast",)]
    assert [cell.below[1:] for cell in reductions] == [
        (),
        ("0.500 → 0.750, n = 16", "over base"),
        ("0.750 → 0.875, n = 16", "over contrast"),
    ]
