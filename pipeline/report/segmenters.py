"""Segmenters on the page: what each learned from, how well it finds what is labelled, and where it does not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.diffusion.mask_colours import css, outlined
from pipeline.core.manifests.scores import SummaryManifest
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.measures.records import SEGMENT
from pipeline.report.answer import Line
from pipeline.report.cells import Cell, interval
from pipeline.report.entry import SegmenterEntry
from pipeline.report.figures import LABELS, POINTS, Figures, head
from pipeline.report.pictures import Picture, strip
from pipeline.report.segmenter_lead import DICE, segmenter_lead
from pipeline.report.shares import shares
from pipeline.report.tables import Row, Table

BY_CLASS = "Dice by class"
WHOLE = ("mpq", "bpq", "aji", "f1")  # beside the Dice
BESIDE = 2  # classes that find room beside the other figures
SHOWN, SIDE = "shown/", 106  # arrays of tiles to look at, and their pixels on the page


@dataclass(frozen=True)
class Segmented:
    """All the page says of segmenters.

    Args:
        lead: Sentences that need no table.
        tables: One per domain, arm by metric, and one more where classes are many.
        comparisons: Title, and arm and line of every comparison, per domain.
        charts: Dice against shares of painted tiles, where arms differ in these.
        strips: Arm, and its best, median and worst test tile: image, labels and what was found.
        legend: Colour and name of every class.
        count: Of arms.
    """

    lead: list[str]
    tables: list[Table]
    comparisons: list[tuple[str, list[tuple[str, Line]]]]
    charts: list[Picture]
    strips: list[tuple[str, Picture]]
    legend: list[tuple[str, str]]
    count: int


def segmented(
    arms: list[SegmenterEntry],
    trained: Mapping[str, SegmenterManifest],
    figures: Figures,
    summary: SummaryManifest | None,
    baseline: str | None,
    fold: str = "",
) -> Segmented | None:
    """The section; None where the study has no segmenters.

    Args:
        arms: Of the study.
        trained: Segmenters by arm and seed.
        figures: Of the study.
        summary: Of all scores; None where nothing was scored.
        baseline: Of the study.
        fold: Whose tiles are shown; empty where nothing is folded.
    """
    if not arms:
        return None
    scope = summary.segmented.get(SEGMENT) if summary else None
    domains = list(scope.domains) if scope else []
    classes = next((own.classes for own in trained.values()), ())
    tested = [arm for arm in arms if any(figures.get(arm.name, SEGMENT, domain, DICE) for domain in domains)]
    said = {domain: [v for arm in tested for v in figures.named(arm.name, SEGMENT, domain)] for domain in domains}
    files = {name: own.scores for name, own in summary.members.items()} if summary else {}
    prefix = f"segmenters/{fold}/" if fold else "segmenters/"
    shown = ((arm.name, _strip(files.get(prefix + arm.name), arm.name)) for arm in tested)
    return Segmented(
        list(segmenter_lead(figures, scope, said, baseline, summary.unit)) if scope and summary else [],
        [table for domain in domains for table in _tables(figures, tested, domain, classes, baseline)],
        [(LABELS[domain], [(v.arm, Line.of(v, POINTS)) for v in own]) for domain, own in said.items() if own],
        [chart for domain in domains if (chart := shares(figures, tested, domain))],
        [(name, picture) for name, picture in shown if picture],
        [(css(number), name) for number, name in enumerate(classes, 1)],
        len(arms),
    )


def _tables(
    figures: Figures, arms: list[SegmenterEntry], domain: str, classes: tuple[str, ...], baseline: str | None
) -> Iterator[Table]:
    """Arms by metric; metrics that nobody has are left out. Many classes have a table of their own."""
    having = set(figures.metrics(SEGMENT))
    whole = [metric for metric in (DICE, *WHOLE) if metric in having]
    each = [metric for name in classes if (metric := f"{DICE}/{name}") in having]

    def cells(arm: SegmenterEntry, metrics: list[str]) -> list[Cell]:
        return [interval(figures.get(arm.name, SEGMENT, domain, metric)) for metric in metrics]

    beside = each if len(each) <= BESIDE else []
    rows = []
    for arm in arms:
        dice, *others = cells(arm, [*whole, *beside])
        rows.append(Row(arm, [dice, _gain(figures, arm.name, domain, baseline), *others]))
    heads = [head(DICE), f"gain over {baseline}", *map(head, whole[1:]), *map(_named, beside)]
    groups = [("All classes", 1 + len(whole)), *([(BY_CLASS, len(beside))] if beside else [])]
    yield Table(LABELS[domain], groups, heads, rows)
    if len(each) > BESIDE:
        own = [Row(arm, cells(arm, each)) for arm in arms]
        yield Table(f"{LABELS[domain]}, by class", [(BY_CLASS, len(each))], [*map(_named, each)], own)


def _named(metric: str) -> str:
    return metric.partition("/")[2]


def _gain(figures: Figures, arm: str, domain: str, baseline: str | None) -> Cell:
    verdict = next((v for v in figures.named(arm, SEGMENT, domain) if v.against == baseline), None)
    if verdict is None:
        return Cell("")
    value, _, ends = POINTS.told(verdict.gain).partition(" ")
    mark = verdict.said if verdict.said in ("better", "worse") else ""
    return Cell(value, (*([ends] if ends else []), verdict.said), mark)


def _strip(path: Path | None, arm: str) -> Picture | None:
    """Three tiles, each as it is, with the outlines of its labels, and with those of what was found."""
    if path is None or not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        found = {name.removeprefix(SHOWN): file[name] for name in file.files if name.startswith(SHOWN)}
    if not found:
        return None
    truth = outlined(found["image"], found["mask"], found["instance"])
    made = outlined(found["image"], found["found_mask"], found["found_instance"])
    tiles = [tile for three in zip(found["image"], truth, made, strict=True) for tile in three]
    dice = ", ".join(f"{value:.2f}" for value in found["dice"])
    return strip(tiles, f"Best, median and worst test tile of {arm} (Dice {dice}): image, labels, found", SIDE)
