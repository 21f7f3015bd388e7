"""Tiles before and after normalisation, and how far the fitted stains are from the truth."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.measures.records import NORMALIZE
from pipeline.core.store.store import TileStore
from pipeline.report.figures import Figures
from pipeline.report.pictures import Picture, evenly, strip
from pipeline.report.tables import ScoreTable, score_table

SIDE = 120


@dataclass(frozen=True)
class Stains:
    """Strips before and after, slide by slide in the same order; a table of scores per normaliser."""

    before: Picture | None
    after: Picture | None
    slides: list[str]
    reference: str
    fallbacks: list[str]
    scores: list[ScoreTable]


def stains(
    tiled: Mapping[str, TileManifest],
    normalized: Mapping[str, NormalizedManifest],
    cohort: Cohort,
    figures: Figures,
    wanted: int,
) -> Stains:
    """Two tiles of at most ``wanted`` / 2 + 1 slides, one site after another."""
    changed = [m for m in cohort.members.values() if normalized[m.slide].normalized]
    chosen = _by_site(changed, wanted // 2 + 1)
    parents = {name: slide.store for name, slide in tiled.items() if slide.store and slide.store.is_dir()}
    pairs = [(member, row) for member in chosen if member.slide in parents for row in _rows(member)]
    names = list(dict.fromkeys(member.slide for member, _ in pairs))
    before = [TileStore(parents[member.slide]).tile(row) for member, row in pairs]
    after = [TileStore(member.store).tile(row) for member, row in pairs]
    listed = ", ".join(names)
    return Stains(
        before=strip(before, f"Tiles as scanned: {listed}", SIDE) if before else None,
        after=strip(after, f"The same tiles after normalisation: {listed}", SIDE) if after else None,
        slides=[f"{name} ({cohort.members[name].site})" for name in names],
        reference=(normalized[changed[0].slide].reference or "") if changed else "",
        fallbacks=sorted(name for name, slide in normalized.items() if (slide.stain_fit or {}).get("fallback")),
        scores=[score_table(figures, name, NORMALIZE, "slides") for name in figures.subjects(NORMALIZE)],
    )


def _by_site(members: list[Member], wanted: int) -> list[Member]:
    """At most ``wanted`` slides; every site has one before any has two."""
    turns: dict[str, int] = {}
    ranked = []
    for member in members:
        turns[member.site] = turns.get(member.site, 0) + 1
        ranked.append((turns[member.site], member.site, member.slide, member))
    return [member for *_, member in sorted(ranked, key=lambda item: item[:3])[:wanted]]


def _rows(member: Member) -> list[int]:
    return evenly(member.tiles, 4)[1:3]
