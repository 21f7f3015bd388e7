"""Normalisers side by side: a row for each that was judged, and what was published of some on other slides."""

import math
from dataclasses import dataclass

from pipeline.core.files import Json
from pipeline.core.measures.domains import EVERYONE, TESTED
from pipeline.core.measures.records import NORMALIZE
from pipeline.report.cells import Cell, interval
from pipeline.report.figures import ABSENT, LABELS, VALUES, Figures, head, number

# SSIM of X1 to Y, X2 to Y and Y to X1 on private duodenal slides; Shrivastava et al., SAASN
PUBLISHED = {
    "saasn": ".977 / .989 / .981",
    "staingan": ".927 / .943 / .929",
    "macenko": ".942 / .934 / .941",
    "vahadane": ".861 / .919 / .932",
}
# parts of a method that an option of 0, or one that is false, takes away
PARTS = ("lambda_cycle", "structural", "dssim", "identity", "boundary", "spectral", "attention")
FORM = ".2f"


@dataclass(frozen=True)
class Judgement:
    """A normaliser: its name, its method where that is another word, its cells in the order of the heads."""

    name: str
    method: str
    cells: list[Cell]
    published: str


@dataclass(frozen=True)
class Judgements:
    """The table: heads over several columns with their number, heads, and a row per normaliser.

    ``extractor``: the network by whose features the Fréchet distance is told; empty where it was not measured.
    """

    groups: list[tuple[str, int]]
    heads: list[str]
    rows: list[Judgement]
    extractor: str


def judgements(figures: Figures, section: Json) -> Judgements | None:
    """Every normaliser that was judged; None where none was.

    Args:
        figures: Of the study.
        section: ``normalize`` of the study; its own normaliser was judged under the name of its method.
    """
    names = figures.subjects(NORMALIZE)
    if not names:
        return None
    probed = [(task, domain) for task in _tasks(figures) for domain in TESTED if domain in figures.domains(task)]
    frechet = next((m for m in figures.metrics(NORMALIZE) if m.startswith("frechet/")), "")
    columns = {
        "SSIM to the source": ("ssim", "", ".3f"),
        "colour distance": ("colour_distance/after", "colour_distance/before", FORM),
        "Fréchet distance": (frechet, "", FORM),
        "stain drift, degrees": ("stain_drift_degrees/mean", "", FORM),
        "colour spread": ("colour_after/dispersion", "colour_before/dispersion", FORM),
    }
    rows = []
    for name in names:
        cells = [_cell(figures, name, *column) for column in columns.values()]
        cells += [interval(figures.get(name, task, domain, _metric(figures, task))) for task, domain in probed]
        own = section["trials"].get(name, section)
        method = own["method"]
        rows.append(Judgement(name, method if method != name else "", cells, published(method, own["options"])))
    groups = [("kept", 1), ("to the target", 3), ("to one another", 1)]
    groups += [
        (f"{task.partition('/')[2]}, {head(_metric(figures, task))}", sum(own == task for own, _ in probed))
        for task in _tasks(figures)
    ]
    heads = [*columns, *(LABELS[domain] for _, domain in probed)]
    return Judgements(groups, heads, rows, frechet.partition("/")[2])


def published(method: str, options: Json) -> str:
    """What the source found; absent where there is none, or a part of its method is taken away."""
    whole = all(options.get(part, True) for part in PARTS)
    return PUBLISHED.get(method, ABSENT) if whole else ABSENT


def _tasks(figures: Figures) -> list[str]:
    """Tasks that a fixed encoder was asked."""
    return [task for task in figures.asked() if task.startswith(f"{NORMALIZE}/")]


def _metric(figures: Figures, task: str) -> str:
    """That of few labels, of classes or of values."""
    return f"few/{VALUES}" if f"few/{VALUES}" in figures.metrics(task) else "few/balanced_accuracy"


def _cell(figures: Figures, name: str, metric: str, before: str, form: str) -> Cell:
    """A figure of all patients; below it, its interval and what it was before."""
    cell, was = interval(figures.get(name, NORMALIZE, EVERYONE, metric), form), None
    if before:
        was = figures.get(name, NORMALIZE, EVERYONE, before)
    known = was is not None and not math.isnan(was.value)
    return Cell(cell.value, (*cell.below, *([f"was {number(was.value, form)}"] if was and known else [])))
