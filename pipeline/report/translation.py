"""What a translator made of slides it never saw: panels, gates and quality figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.files import Json, read_json
from pipeline.core.store.store import TileStore
from pipeline.report.pictures import Picture, from_file, spread, strip
from pipeline.report.scores import ABSENT, DOMAINS

PRIVILEGED, SCORES = Path("data/privileged"), Path("results/scores/translators")
SAMPLES, SAMPLE_SIDE, SIDE = 4, 520, 160
SCORED = {"train": "training patients", **DOMAINS}
Strips = list[tuple[str, Picture]]


@dataclass(frozen=True)
class Translation:
    """All the page says of one translator.

    ``strips`` are (row name, tiles side by side); ``scores`` are domains, and figures by domain.
    """

    name: str
    text: str
    strips: Strips
    caption: str
    gates: list[tuple[str, str, str, str]]
    quality: list[tuple[str, str]]
    scores: tuple[list[str], list[tuple[str, list[str]]]]
    samples: list[tuple[str, Picture]]


def translations(trained: Json, cohort: Cohort, tiles: int) -> list[Translation]:
    """Every translator of the index ``trained``; ``tiles`` is the number of columns of a panel."""
    found = []
    for name, manifest in sorted(trained["members"].items()):
        gate_path, score_path = PRIVILEGED / name / "index.json", SCORES / f"{name}.json"
        gate = read_json(gate_path) if gate_path.is_file() else {}
        scores = read_json(score_path) if score_path.is_file() else {}
        strips, caption = panel(gate, manifest, cohort, tiles)
        gates = _gates(gate.get("gates", {}))
        text = f"{manifest['method']}, {manifest['pairing']}, {manifest['steps']} steps on {manifest['tiles']} tiles"
        quality = [(key, value) for key, value in flat(gate.get("quality", {})) if key != "tiles"]
        samples = list(_samples(manifest))
        domains = by_domain(scores.get("domains", {}))
        found.append(Translation(name, text, strips, caption, gates, quality, domains, samples))
    return found


def panel(gate: Json, manifest: Json, cohort: Cohort, tiles: int) -> tuple[Strips, str]:
    """Rows source, synthetic and, where the slides have a registered partner, real.

    Test patients with a partner come first, then test patients, then whoever there is.
    """
    target = manifest["target"]
    made = [cohort.members[slide] for slide in sorted(gate.get("members", {})) if slide in cohort.members]
    usable = [member for member in made if _store(gate, member).is_dir()]
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
        f"{manifest['source']} (source)": [_tile(m.store, row) for m, row in columns],
        f"{target} (synthetic)": [_tile(_store(gate, m), row) for m, row in columns],
    }
    partners = [(cohort.partner(m.slide, target), row) for m, row in columns]
    real = [_tile(partner.store, row) for partner, row in partners if partner]
    if len(real) == len(columns):
        rows[f"{target} (real)"] = real
    strips = [(name, strip(images, f"{name} tiles of {', '.join(shown)}", SIDE)) for name, images in rows.items()]
    return strips, f"Tiles of {whose}: {', '.join(shown)}."


def flat(tree: Json, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The numbers of a nested object as (name, text), three significant digits."""
    for key, value in sorted(tree.items()):
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, dict):
            yield from flat(value, f"{name}, ")
        elif isinstance(value, bool | str):
            continue
        elif isinstance(value, int):
            yield name, str(value)
        elif isinstance(value, float):
            yield name, f"{value:.3g}"


def by_domain(found: dict[str, Json]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Figures of several domains as a table: column heads, and (figure, one text per column)."""
    heads = [domain for domain in SCORED if domain in found]
    columns = [dict(flat(found[domain])) for domain in heads]
    names = list(dict.fromkeys(name for column in columns for name in column))
    return [SCORED[domain] for domain in heads], [(n, [c.get(n, ABSENT) for c in columns]) for n in names]


def _gates(gates: dict[str, Json]) -> list[tuple[str, str, str, str]]:
    """Name, value, limit and outcome; a gate without a figure was not judged."""
    outcome = {True: "passed", False: "failed", None: "not judged"}
    return [
        (
            name.replace("_", " "),
            ABSENT if gate["value"] is None else f"{gate['value']:.3g}",
            f"{gate['limit']:g}",
            outcome[gate["passed"]],
        )
        for name, gate in sorted(gates.items())
    ]


def _columns(members: list[Member], tiles: int) -> list[tuple[Member, int]]:
    """Which tile of which slide: slides take turns; within a slide the rows are evenly spread."""
    members = [members[index] for index in spread(len(members), tiles)]
    share = [tiles // len(members) + (index < tiles % len(members)) for index in range(len(members))]
    return [
        (member, row)
        for member, count in zip(members, share, strict=True)
        for row in [position + member.tiles // (2 * count + 2) for position in spread(member.tiles, count + 1)[:-1]]
        if row < member.tiles
    ]


def _store(gate: Json, member: Member) -> Path:
    return Path(gate["members"][member.slide].get("store", "-"))


def _tile(store: Path, row: int) -> np.ndarray:
    return TileStore(store).tile(row)


def _samples(manifest: Json) -> Iterator[tuple[str, Picture]]:
    paths = [Path(path) for path in manifest.get("samples", [])]
    for index in spread(len(paths), SAMPLES):
        step = paths[index].stem.removeprefix("step_").lstrip("0") or "0"
        made = from_file(paths[index], f"Sample of {manifest['translator']} after {step} steps", SAMPLE_SIDE)
        if made:
            yield f"step {step}", made
