"""Normalisers side by side: tiles of every site as each leaves them, and the figures that they are judged by."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.files import Json
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.manifests.trial import TrialManifest
from pipeline.core.measures.records import NORMALIZE
from pipeline.report.figures import Figures
from pipeline.report.normalizers import Judgements, judgements
from pipeline.report.stain_grid import Grid, grid
from pipeline.report.tables import ScoreTable, score_table


@dataclass(frozen=True)
class Stains:
    """Pictures and figures of all normalisers side by side, and whatever else was measured of each.

    Args:
        grid: Tiles.
        reference: The slide, or site, that the study's own normaliser brings the others to.
        fallbacks: Slides that its fit failed on.
        compared: A row per normaliser; None where none was judged.
        scores: All figures by normaliser.
    """

    grid: Grid
    reference: str
    fallbacks: list[str]
    compared: Judgements | None
    scores: list[tuple[str, ScoreTable]]


def stains(
    tiled: Mapping[str, TileManifest],
    normalized: Mapping[str, NormalizedManifest],
    trials: Mapping[str, TrialManifest],
    figures: Figures,
    section: Json,
) -> Stains:
    """Of the study's own normaliser and of its trials.

    Args:
        tiled: Slides as they were cut.
        normalized: As they were normalised.
        trials: By trial and seed.
        figures: Of the study.
        section: ``normalize`` of the study.
    """
    changed = {name: own for name, own in normalized.items() if own.normalized}
    shown: dict[str, TrialManifest] = {}
    for own in trials.values():
        shown.setdefault(own.trial, own)
    return Stains(
        grid=grid(tiled, changed, section["method"], shown),
        reference=next((own.reference for own in changed.values() if own.reference), ""),
        fallbacks=sorted(name for name, own in normalized.items() if (own.stain_fit or {}).get("fallback")),
        compared=judgements(figures, section),
        scores=[(name, score_table(figures, name, NORMALIZE, "slides")) for name in figures.subjects(NORMALIZE)],
    )
