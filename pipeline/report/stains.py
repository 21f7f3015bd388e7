"""Tiles before and after normalisation, and how far the fitted stains are from the truth."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.files import Json, read_json
from pipeline.core.store.store import TileStore
from pipeline.report.pictures import Picture, spread, strip
from pipeline.report.translation import flat

ERROR = Path("results/scores/normalization.json")
SIDE = 120


@dataclass(frozen=True)
class Stains:
    """Strips before and after, slide by slide in the same order; figures as (name, text)."""

    before: Picture | None
    after: Picture | None
    slides: list[str]
    reference: str
    fallbacks: list[str]
    figures: list[tuple[str, str]]


def stains(tiled: Json, normalized: Json, cohort: Cohort, wanted: int) -> Stains:
    """Two tiles of at most ``wanted`` / 2 + 1 slides, one site after another."""
    changed = [m for m in cohort.members.values() if normalized["members"][m.slide].get("normalized")]
    chosen = _by_site(changed, wanted // 2 + 1)
    pairs = [(member, row) for member in chosen for row in _rows(member)]
    parents = {name: Path(entry["store"]) for name, entry in tiled["members"].items() if "store" in entry}
    pairs = [(member, row) for member, row in pairs if parents.get(member.slide, Path("-")).is_dir()]
    names = list(dict.fromkeys(member.slide for member, _ in pairs))
    before = [TileStore(parents[member.slide]).tile(row) for member, row in pairs]
    after = [TileStore(member.store).tile(row) for member, row in pairs]
    listed = ", ".join(names)
    fits = {name: entry.get("stain_fit") or {} for name, entry in normalized["members"].items()}
    reference = TileStore(changed[0].store).attributes.get("reference") if changed else None
    return Stains(
        before=strip(before, f"Tiles as scanned: {listed}", SIDE) if before else None,
        after=strip(after, f"The same tiles after normalisation: {listed}", SIDE) if after else None,
        slides=[f"{name} ({cohort.members[name].site})" for name in names],
        reference=str(reference or ""),
        fallbacks=sorted(name for name, fit in fits.items() if fit.get("fallback")),
        figures=list(flat(read_json(ERROR))) if ERROR.is_file() else [],
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
    return spread(member.tiles, 4)[1:3]
