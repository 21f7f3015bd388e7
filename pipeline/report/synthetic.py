"""Synthetic cohorts on the page: masks, what was painted for them, what was asked and got, scores, and the origin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.core.diffusion.mask_colours import coloured, css, outlined
from pipeline.core.manifests.cohorts import CohortManifest, Provenance
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.measures.domains import EVERYONE
from pipeline.core.measures.records import COHORT
from pipeline.core.store.store import TileStore
from pipeline.report.cells import THREE, interval
from pipeline.report.figures import Figures, head
from pipeline.report.pictures import Picture, evenly, strip
from pipeline.report.tables import ScoreTable, counted
from pipeline.report.translation import SIDE, Strips, gate_rows

DIGITS = 12  # of a digest that are shown


@dataclass(frozen=True)
class Painted:
    """All the page says of one synthetic cohort.

    Args:
        name: In the study.
        text: How many tiles, and by whom.
        strips: Row name and tiles side by side; none where the stores are gone.
        legend: Colour and name of every class.
        counts: Class, tiles asked, tiles got, nuclei.
        sets: Classes that a tile was to show, tiles, training tiles that show just these.
        gates: Name, value, limit, outcome, patients.
        origin: Name and value of where it comes from.
    """

    name: str
    text: str
    strips: Strips
    legend: list[tuple[str, str]]
    counts: list[tuple[str, int, int, int]]
    sets: list[tuple[str, int, int]]
    gates: list[tuple[str, ...]]
    origin: list[tuple[str, str]]


def painted(cohorts: Mapping[str, CohortManifest], tiles: int) -> list[Painted]:
    """Every cohort.

    Args:
        cohorts: By name.
        tiles: Columns of a panel.
    """
    return [_told(name, own, tiles) for name, own in cohorts.items()]


def cohort_table(figures: Figures) -> ScoreTable | None:
    """Every cohort that was scored; None where none was.

    What was measured with one network or against one set of real tiles bears its name, and has a row of its own.
    """
    names = figures.subjects(COHORT)
    if not names:
        return None
    found = {m: [figures.get(name, COHORT, EVERYONE, m) for name in names] for m in figures.metrics(COHORT)}
    rows = [(head(metric), [interval(cell, THREE) for cell in cells]) for metric, cells in found.items()]
    return ScoreTable(names, [*rows, ("tiles", counted(found))])


def _told(name: str, cohort: CohortManifest, tiles: int) -> Painted:
    made, classes = cohort.provenance, list(cohort.counts)
    masks = "masks of training tiles" if made.masks == "real" else f"masks by {made.masks}"
    exact = f"{cohort.exact} of them show just the classes that were asked for"
    return Painted(
        name,
        f"{cohort.tiles} tiles painted by {made.painter} for {masks}; {exact}.",
        _strips(name, cohort, tiles),
        [(css(number), own) for number, own in enumerate(classes, 1)],
        [(own, count.asked, count.got, count.nuclei) for own, count in cohort.counts.items()],
        [(" + ".join(own.types) or "none", own.tiles, own.training) for own in cohort.sets],
        gate_rows(cohort.gates),
        list(_origin(made, len(cohort.patients))),
    )


def _strips(name: str, cohort: CohortManifest, tiles: int) -> Strips:
    """Masks, painted tiles, and these with the outlines of the masks, of tiles from all over the cohort."""
    slides = {own: NormalizedManifest.model_validate(member) for own, member in cohort.members.items()}
    pairs = [(slides[own.paired_with], own) for own in slides.values() if own.paired_with]
    places = [(tissue, labels, row) for tissue, labels in pairs for row in range(tissue.tiles)]
    columns = [_tile(*places[place]) for place in evenly(len(places), tiles)]
    if not columns or not all(columns):
        return []
    image, mask, instance = map(np.stack, zip(*(column for column in columns if column), strict=True))
    rows = {"mask": coloured(mask, instance), "painted": image, "both": outlined(image, mask, instance)}
    return [(row, _strip(row, list(pictures), name)) for row, pictures in rows.items()]


def _strip(row: str, tiles: list[np.ndarray], name: str) -> Picture:
    what = {"mask": "Masks", "painted": "Painted tiles", "both": "Painted tiles with the outlines of their masks"}
    return strip(tiles, f"{what[row]} of the synthetic cohort {name}", SIDE)


def _tile(
    tissue: NormalizedManifest, labels: NormalizedManifest, row: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Image, mask and instances of a tile; None where a store is gone."""
    if not (tissue.store and labels.store and tissue.store.is_dir() and labels.store.is_dir()):
        return None
    store, at = TileStore(labels.store), np.array([row])
    return TileStore(tissue.store).tile(row), store.array("mask")[at][0], store.array("instance")[at][0]


def _origin(made: Provenance, patients: int) -> Iterator[tuple[str, str]]:
    yield "painter", f"{made.painter} ({made.painted_by[:DIGITS]})"
    yield "masks", f"{made.masks} ({made.masks_by[:DIGITS]})" if made.masks_by else made.masks
    yield "patients behind them", str(patients)
    yield (
        "guidance",
        f"{made.guidance:g}" + (f", of masks {made.mask_guidance:g}" if made.mask_guidance is not None else ""),
    )
    yield "sampler", f"{made.sampler}, {made.steps or 'all'} steps"
    yield "seed", str(made.seed)
