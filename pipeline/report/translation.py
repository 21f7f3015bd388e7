"""What a translator made of slides it never saw: panels, gates and quality figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.manifests.translators import Gate, GateManifest, TranslatorManifest
from pipeline.core.measures.records import TRANSLATE
from pipeline.core.store.store import TileStore
from pipeline.core.translation.shown import shown
from pipeline.report.figures import ABSENT, Figures
from pipeline.report.pictures import Picture, evenly, from_file, strip
from pipeline.report.tables import ScoreTable, score_table

SAMPLES, SAMPLE_SIDE, SIDE = 4, 520, 160
Strips = list[tuple[str, Picture]]
SHOWS = {  # whether it learned from masks, and whether it reads a source: what stands in its samples
    (False, True): "source, synthetic, target",
    (True, True): "mask, painted with guidance 0, 0.5 and 2, real",
    (True, False): "real masks, masks of the same classes",
}


@dataclass(frozen=True)
class Translation:
    """All the page says of one translator; ``strips`` are (row name, tiles side by side).

    ``shows`` says what stands in the columns of ``samples``; one that ``generates`` makes no view of slides.
    """

    name: str
    text: str
    shows: str
    generates: bool
    strips: Strips
    caption: str
    gates: list[tuple[str, ...]]
    quality: list[tuple[str, str]]
    scores: ScoreTable
    samples: list[tuple[str, Picture]]


def translations(
    trained: Mapping[str, TranslatorManifest],
    gates: Mapping[str, GateManifest],
    cohort: Cohort,
    figures: Figures,
    tiles: int,
) -> list[Translation]:
    """Every translator.

    Args:
        trained: By name.
        gates: What they made, by name; those that have made nothing are absent.
        cohort: The slides they read.
        figures: How they scored.
        tiles: The number of columns of a panel.
    """
    found = []
    for name, own in trained.items():
        gate = gates.get(name)
        strips, caption = panel(gate, own, cohort, tiles) if gate else ([], "")
        trained_as = ", ".join(filter(None, (own.method, own.pairing)))
        text = f"{trained_as}, {own.steps} steps on {own.tiles} tiles of {len(own.patients)} patients"
        shows = SHOWS[bool(own.classes), bool(own.source)]
        outcomes = gate_rows(gate.gates) if gate else []
        quality = list(_numbers(gate.quality.model_dump(exclude={"tiles"}))) if gate else []
        scores = score_table(figures, name, TRANSLATE, "tiles")
        samples, generates = list(_samples(own)), bool(own.classes)
        found.append(Translation(name, text, shows, generates, strips, caption, outcomes, quality, scores, samples))
    return found


def panel(gate: GateManifest, translator: TranslatorManifest, cohort: Cohort, tiles: int) -> tuple[Strips, str]:
    """Rows source, synthetic and, where the slides have a registered partner, real.

    Test patients with a partner come first, then test patients, then whoever there is.
    """
    target = translator.target
    stores = {slide: view.store for slide, view in sorted(gate.members.items()) if view.store and view.store.is_dir()}
    usable = [cohort.members[slide] for slide in stores if slide in cohort.members]
    paired = {member.slide for member in usable if cohort.partner(member.slide, target)}
    wishes = (
        [m for m in usable if m.split == "test" and m.slide in paired],
        [m for m in usable if m.slide in paired],
        [m for m in usable if m.split == "test"],
        usable,
    )
    chosen = next((wish for wish in wishes if wish), [])
    if not chosen:
        return [], ""
    columns = _columns(chosen, tiles)
    shown = list(dict.fromkeys(member.slide for member, _ in columns))
    splits = {member.split for member, _ in columns}
    whose = "test patients" if splits == {"test"} else f"patients of the split {' and '.join(sorted(splits))}"
    rows = {
        f"{translator.source} (source)": [_tile(m.store, row, translator.source_full) for m, row in columns],
        f"{target} (synthetic)": [_tile(stores[m.slide], row, translator.target_full) for m, row in columns],
    }
    partners = [(cohort.partner(m.slide, target), row) for m, row in columns]
    real = [_tile(partner.store, row, translator.target_full) for partner, row in partners if partner]
    if len(real) == len(columns):
        rows[f"{target} (real)"] = real
    strips = [(name, strip(images, f"{name} tiles of {', '.join(shown)}", SIDE)) for name, images in rows.items()]
    return strips, f"Tiles of {whose}: {', '.join(shown)}."


def _numbers(figures: Mapping[str, float | None]) -> Iterator[tuple[str, str]]:
    """The figures that exist as (name, text), three significant digits."""
    for key, value in sorted(figures.items()):
        if value is not None:
            yield key.replace("_", " "), str(value) if isinstance(value, int) else f"{value:.3g}"


def gate_rows(gates: Mapping[str, Gate]) -> list[tuple[str, ...]]:
    """Name, value, limit, outcome and on how many patients; a gate without a figure was skipped."""
    outcome = {True: "passed", False: "failed", None: "skipped"}
    return [
        (
            name.replace("_", " "),
            ABSENT if gate.value is None else f"{gate.value:.3g}",
            f"{gate.limit:g}",
            outcome[gate.passed],
            str(gate.patients),
        )
        for name, gate in sorted(gates.items())
    ]


def _columns(members: list[Member], tiles: int) -> list[tuple[Member, int]]:
    """Which tile of which slide: slides take turns; within a slide the rows are evenly spaced."""
    members = [members[index] for index in evenly(len(members), tiles)]
    share = [tiles // len(members) + (index < tiles % len(members)) for index in range(len(members))]
    return [
        (member, row)
        for member, count in zip(members, share, strict=True)
        for row in [position + member.tiles // (2 * count + 2) for position in evenly(member.tiles, count + 1)[:-1]]
        if row < member.tiles
    ]


def _tile(store: Path, row: int, full: int) -> np.ndarray:
    return shown(TileStore(store).tile(row), full)


def _samples(translator: TranslatorManifest) -> Iterator[tuple[str, Picture]]:
    paths = translator.samples
    for index in evenly(len(paths), SAMPLES):
        step = paths[index].stem.removeprefix("step_").lstrip("0") or "0"
        made = from_file(paths[index], f"Sample of {translator.translator} after {step} steps", SAMPLE_SIDE)
        if made:
            yield f"step {step}", made
