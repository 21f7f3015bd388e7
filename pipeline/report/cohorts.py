"""Synthetic cohorts side by side: a row for each figure, a column for each cohort."""

from pipeline.core.measures.domains import EVERYONE
from pipeline.core.measures.records import COHORT
from pipeline.report.cells import THREE, Cell, interval
from pipeline.report.figures import Figures, head
from pipeline.report.tables import ScoreTable


def cohort_table(figures: Figures) -> ScoreTable | None:
    """Every cohort that was scored; None where none was.

    What was measured with one network or against one set of real tiles bears its name, and has a row of its own.
    """
    names = figures.subjects(COHORT)
    if not names:
        return None
    found = {m: [figures.get(name, COHORT, EVERYONE, m) for name in names] for m in figures.metrics(COHORT)}
    rows = [(head(metric), [interval(cell, THREE) for cell in cells]) for metric, cells in found.items()]
    counts = [max((own.n for own in column if own), default=0) for column in zip(*found.values(), strict=True)]
    return ScoreTable(names, [*rows, ("tiles", [Cell(str(count)) for count in counts])])
