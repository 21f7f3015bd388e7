"""Synthetic cohorts side by side."""

from pipeline.core.measures.figures import Figure
from pipeline.report.cohorts import cohort_table
from pipeline.report.figures import Figures


def figure(cohort, metric, value, task="cohort", split="all"):
    return Figure(cohort, "all", task, split, metric, "", value, value - 0.1, value + 0.1, 600)


MEASURED = [
    figure("ours", "consistency", 0.8),
    figure("ours", "frechet/unseen_patients/one_net", 1.5),
    figure("theirs", "consistency", 0.7),
    figure("theirs", "frechet/unseen_patients/another_net", 90.0),
    figure("toy", "agreement", 0.5, "translate", "in_domain"),
]


def rows():
    return {name: [cell.value for cell in cells] for name, cells in cohort_table(Figures(MEASURED)).rows}


def test_every_cohort_has_a_column():
    assert cohort_table(Figures(MEASURED)).heads == ["ours", "theirs"]
    assert rows()["consistency"] == ["0.8", "0.7"]
    assert rows()["tiles"] == ["600", "600"]


def test_what_two_networks_measured_never_shares_a_row():
    found = {name: cells for name, cells in rows().items() if name.startswith("Fréchet")}
    assert found == {
        "Fréchet distance, unseen patients, one net": ["1.5", "–"],
        "Fréchet distance, unseen patients, another net": ["–", "90"],
    }


def test_a_study_without_cohorts_has_no_table():
    assert cohort_table(Figures(MEASURED[-1:])) is None
