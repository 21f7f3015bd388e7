"""One tile of every site: untouched, as every normaliser leaves it, and beside the target."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.manifests.trial import TrialManifest
from pipeline.core.store.store import TileStore
from pipeline.report.pictures import Picture, strip

SIDE, SITES = 96, 8
NONE = "none"  # the method that leaves tiles as they are


@dataclass(frozen=True)
class Shown:
    """A tile: its slide, its row in the slide's store and, where there are trials, its place in their stores."""

    slide: str
    site: str
    row: int
    place: int = -1


Column = Callable[[Shown], np.ndarray]


@dataclass(frozen=True)
class Grid:
    """A row per site, a picture per head; the last is of the ``target`` where there is one."""

    heads: list[str]
    rows: list[tuple[str, list[Picture]]]
    target: str


def grid(
    tiled: Mapping[str, TileManifest],
    changed: Mapping[str, NormalizedManifest],
    method: str,
    trials: Mapping[str, TrialManifest],
) -> Grid:
    """Of at most SITES sites; empty where nothing was normalised, and without what was lost since.

    Args:
        tiled: Slides as they were cut.
        changed: Those that the study's normaliser changed.
        method: Its name.
        trials: By name, one repeat of each.
    """
    parents = {name: own.store for name, own in tiled.items() if own.store and own.store.is_dir()}
    there = {name: trial for name, trial in trials.items() if trial.store.is_dir()}
    first = next(iter(there.values()), None)
    stores = {name: own.store for name, own in changed.items() if own.store}
    known = {name for name in parents if stores.get(name, parents[name]).is_dir()}
    shown = _first_of_sites(own for own in (_sampled(first) if first else _middle(changed)) if own.slide in known)
    columns: list[tuple[str, Column]] = [("untouched", lambda own: TileStore(parents[own.slide]).tile(own.row))]
    if stores:  # a slide that is not among them is one that the method leaves as it is
        results = {**parents, **stores}
        columns.append((method, lambda own: TileStore(results[own.slide]).tile(own.row)))
    columns += [(name, partial(_tried, trial.store)) for name, trial in there.items() if trial.method != NONE]
    target, aims = _target(tiled, changed, there, parents)
    if aims:
        place = {own.slide: number for number, own in enumerate(shown, start=1)}
        columns.append((f"target: {target}", lambda own: _middle_tile(parents[aims[place[own.slide] % len(aims)]])))

    def row(own: Shown) -> list[Picture]:
        return [strip([make(own)], f"{head}, in the row of {own.slide}", SIDE) for head, make in columns]

    return Grid([head for head, _ in columns], [(own.site, row(own)) for own in shown], target if aims else "")


def _sampled(trial: TrialManifest) -> list[Shown]:
    """The middle of every slide's sample."""
    rows = TileStore(trial.store).column("row")
    middles = [(own, own.first + own.tiles // 2) for own in trial.slides]
    return [Shown(own.slide, own.site, int(rows[place]), place) for own, place in middles]


def _middle(changed: Mapping[str, NormalizedManifest]) -> list[Shown]:
    return [Shown(name, own.site, own.tiles // 2) for name, own in sorted(changed.items())]


def _first_of_sites(shown: Iterable[Shown]) -> list[Shown]:
    found: dict[str, Shown] = {}
    for own in shown:
        found.setdefault(own.site, own)
    return [found[site] for site in sorted(found)[:SITES]]


def _target(
    tiled: Mapping[str, TileManifest],
    changed: Mapping[str, NormalizedManifest],
    trials: Mapping[str, TrialManifest],
    parents: Mapping[str, Path],
) -> tuple[str, list[str]]:
    """The site of the first reference, and its training slides of that stain."""
    references = [*(own.reference for own in changed.values()), *(own.reference for own in trials.values())]
    named = [reference for reference in references if reference]
    stains = {own.stain for own in changed.values()} | {s.stain for t in trials.values() for s in t.slides}
    site = (tiled[named[0]].site if named[0] in tiled else named[0]) if named else ""
    own = [
        n for n in sorted(parents) if (tiled[n].site, tiled[n].split) == (site, "train") and tiled[n].stain in stains
    ]
    return site, own


def _tried(store: Path, own: Shown) -> np.ndarray:
    return TileStore(store).tile(own.place)


def _middle_tile(store: Path) -> np.ndarray:
    tiles = TileStore(store)
    return tiles.tile(len(tiles) // 2)
