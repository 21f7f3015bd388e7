"""A slide, its synthetic view and the registered real slide: what specificity is measured on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.measures.specificity import Specificity
from pipeline.core.store.even import even_rows
from pipeline.core.store.store import TileStore
from pipeline.evaluate.cloud import Named
from pipeline.evaluate.markers import amounts, composition, marker_names, means_of_instances, means_of_tiles

PER_SLIDE, BLOCK = 128, 16  # tiles that are looked at, and that are held at a time
INSTANCE = "instance"
TILES, NUCLEI = "specificity", "specificity_of_nuclei"


@dataclass(frozen=True)
class Triple:
    """Three stores with the same tiles, row by row, and where there is one the slide that labels their nuclei."""

    patient: str
    source: Path
    synthetic: Path
    real: Path
    nuclei: Path | None
    tiles: int


def specificity(triples: Sequence[Triple], kinds: Mapping[str, str]) -> Iterator[Named]:
    """Specificity by tiles and, where nuclei are labelled, by these; see docs/methods.md.

    Args:
        triples: At least one, all of the same stains.
        kinds: Of the stains ``source`` and ``target``.
    """
    names = marker_names(kinds["target"], TileStore(triples[0].real).array("image").shape[-1])
    measured = _measured(triples, kinds)
    looked = [len(tiles) for tiles in measured[TILES]]
    for score, units in measured.items():
        known = [own for own in zip(triples, units, looked, strict=True) if len(own[1])]
        if known:
            patients, number = np.unique([triple.patient for triple, *_ in known], return_inverse=True)
            values = np.concatenate([values for _, values, _ in known])
            owner = np.repeat(number, [len(values) for _, values, _ in known])
            shown = 2 if kinds["source"] == "light" else 0
            channels = (values.shape[1] - shown) // 2
            parts = values[:, :channels], values[:, channels : 2 * channels], values[:, 2 * channels :]
            pool = Specificity.of(names, *parts, owner, len(patients))
            yield score, pool, tuple(patients.tolist()), sum(tiles for *_, tiles in known)


def _measured(triples: Sequence[Triple], kinds: Mapping[str, str]) -> dict[str, list[np.ndarray]]:
    """Of every triple what its tiles, and what its nuclei amount to: (unit, value)."""
    tiles, nuclei = [], []
    for triple in triples:
        of_tiles, of_nuclei = [], []
        for pixels, instance in _pixels(triple, kinds):
            of_tiles.append(means_of_tiles(pixels))
            if instance is not None:
                of_nuclei.append(means_of_instances(pixels, instance))
        tiles.append(np.concatenate(of_tiles))
        nuclei.append(np.concatenate(of_nuclei) if of_nuclei else np.empty((0, tiles[-1].shape[1])))
    return {TILES: tiles, NUCLEI: nuclei}


def _pixels(triple: Triple, kinds: Mapping[str, str]) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Amounts (tile, y, x, value) of the synthetic and the real channels and of composition, and ids of nuclei."""
    source, synthetic, real = (TileStore(path) for path in (triple.source, triple.synthetic, triple.real))
    nuclei = TileStore(triple.nuclei).array(INSTANCE) if triple.nuclei else None
    every = even_rows(triple.tiles, PER_SLIDE)
    for rows in np.array_split(every, -(-len(every) // BLOCK)):
        parts = [amounts(store.tiles(rows), kinds["target"]) for store in (synthetic, real)]
        parts.append(composition(source.tiles(rows), kinds["source"]))
        yield np.concatenate(parts, axis=-1), nuclei[rows] if nuclei is not None else None
