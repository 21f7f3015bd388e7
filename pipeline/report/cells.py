"""Cells of tables: figures with their intervals, and gains with what they are over."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.core.manifests.scores import Verdict
from pipeline.core.measures.figures import Figure
from pipeline.report.entry import Entry
from pipeline.report.figures import ABSENT, Figures, Unit, number

ASIDE = "accuracy"  # stands beside the error reduction alone
RATIO = "few/error_reduction"
THREE, WHOLE = ".3g", ".0f"
THOUSAND = 999.5  # from where three digits would be told as a power of ten


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: the value, the lines below it, and how it is set off."""

    value: str
    below: tuple[str, ...] = ()
    mark: str = ""


Column = Callable[[Figures, Entry, str, str], Cell]


def interval(found: Figure | None, form: str = ".3f") -> Cell:
    """A value, and its interval on the line below."""
    if found is None or math.isnan(found.value):
        return Cell(ABSENT)
    form = WHOLE if form == THREE and abs(found.value) >= THOUSAND else form
    known = not (math.isnan(found.ci_low) or math.isnan(found.ci_high))
    ends = f"[{number(found.ci_low, form)}, {number(found.ci_high, form)}]"
    return Cell(number(found.value, form), (ends,) if known else ())


def gains_of(figures: Figures, task: str, *, coloured: bool) -> list[tuple[str, Column]]:
    """Heads and cells of the columns that compare arms."""
    reduced = any(metric.endswith(f"/{ASIDE}") for metric in figures.metrics(task))
    columns: list[tuple[str, Column]] = [("view alone", _headline), ("as published", _published)]
    told = [("added to colour", _coloured)] if coloured else []
    return [*columns, *told, *([("error reduction", _reduction)] if reduced else [])]


def _headline(figures: Figures, arm: Entry, task: str, domain: str) -> Cell:
    """Over the better control, which is named; set off where it is called better or worse."""
    verdict = figures.verdict(arm.name, task, domain, "headline")
    cell = _cell(verdict, figures.unit(task))
    mark = verdict.said if verdict and verdict.said in ("better", "worse") else ""
    return Cell(cell.value, cell.below, mark)


def _published(figures: Figures, arm: Entry, task: str, domain: str) -> Cell:
    """Over the arm without a view."""
    return _cell(figures.verdict(arm.name, task, domain, "published"), figures.unit(task))


def _coloured(figures: Figures, arm: Entry, task: str, domain: str) -> Cell:
    """Of features and colours together over colours alone."""
    cell = _cell(figures.verdict(arm.name, task, domain, "colour"), figures.unit(task))
    return Cell(cell.value, cell.below[:1])


def _cell(verdict: Verdict | None, unit: Unit) -> Cell:
    if verdict is None or verdict.gain.value is None:
        return Cell(ABSENT)
    value, _, ends = unit.told(verdict.gain).partition(" ")
    return Cell(value, (*([ends] if ends else []), f"over {verdict.against}"))


def _reduction(figures: Figures, arm: Entry, task: str, domain: str) -> Cell:
    """The ratio of errors as published, with both accuracies and n: alone it says little (it explodes near 100 %)."""
    if arm.published is None:
        return Cell(ABSENT)
    found = figures.get(arm.name, task, domain, RATIO, against=arm.published)
    old, new = (figures.get(name, task, domain, f"few/{ASIDE}") for name in (arm.published, arm.name))
    if found is None or math.isnan(found.value) or old is None or new is None:
        return Cell(ABSENT)
    cell = interval(found, ".2f")
    return Cell(cell.value, (*cell.below, f"{number(old.value)} → {number(new.value)}", f"n = {found.n}"))
