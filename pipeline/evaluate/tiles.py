"""The tiles that probes are trained and tested on: labelled tiles of the primary stain."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.labels import NONE, read_labels
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.encoder import Encoder
from pipeline.core.store.store import TileStore

IN_DOMAIN, UNSEEN = "in_domain", "unseen_site"
DOMAINS = (IN_DOMAIN, UNSEEN)


@dataclass(frozen=True)
class Tiles:
    """Tiles that have a label in any task, in slide order.

    Args:
        slide: str (tile,).
        row: int64 (tile,), the tile's row in its store.
        patient: str (tile,).
        site: str (tile,).
        test: bool (tile,); the others are training tiles.
        seen: bool (tile,); the site has a training patient.
        labels: Task to int64 (tile,), -1 = none.
        classes: Task to class names.
    """

    slide: np.ndarray
    row: np.ndarray
    patient: np.ndarray
    site: np.ndarray
    test: np.ndarray
    seen: np.ndarray
    labels: dict[str, np.ndarray]
    classes: dict[str, tuple[str, ...]]


def read_tiles(cohort: Cohort, tasks: dict[str, Json]) -> Tiles:
    """Collects the labelled tiles of train and test slides.

    Raises:
        ProductError: A task has no labelled test tile, fewer than two classes, or a class that no
            training tile has.
    """
    members = [m for m in cohort.select(stain=cohort.primary) if m.split in ("train", "test")]
    found = {name: read_labels(cohort, task, members) for name, task in tasks.items()}
    sites = cohort.sites_seen()
    if not members:
        raise ProductError("no slide to test on", where="the cohort", fix="check stain and split columns")
    facts = ((m.slide, m.patient, m.site, m.split == "test", m.site in sites) for m in members)
    counts = [m.tiles for m in members]
    slide, patient, site, test, seen = (np.repeat(np.array(column), counts) for column in zip(*facts, strict=True))
    row = np.concatenate([np.arange(count) for count in counts])
    labels = {name: np.concatenate([task.rows[m.slide] for m in members]) for name, task in found.items()}
    for name, task in found.items():
        _check(name, labels[name], test, task.names)
    kept = np.any([label != NONE for label in labels.values()], axis=0)
    return Tiles(
        slide=slide[kept],
        row=row[kept],
        patient=patient[kept],
        site=site[kept],
        test=test[kept],
        seen=seen[kept],
        labels={name: label[kept] for name, label in labels.items()},
        classes={name: task.names for name, task in found.items()},
    )


def embed(encoder: Encoder, cohort: Cohort, tiles: Tiles, batch: int) -> np.ndarray:
    """Features of the tiles, without augmentation: float32 (tile, features)."""
    parts = []
    for slide in dict.fromkeys(tiles.slide.tolist()):
        wanted, start = tiles.row[tiles.slide == slide], 0
        for block in TileStore(cohort.members[slide].store).blocks(batch):
            here = wanted[(wanted >= start) & (wanted < start + len(block))] - start
            parts.append(encoder.embed(block[here], batch))
            start += len(block)
    return np.concatenate(parts)


def _check(task: str, label: np.ndarray, test: np.ndarray, names: tuple[str, ...]) -> None:
    where = f"evaluate.tasks.{task}"
    if not (test & (label != NONE)).any():
        raise ProductError(
            "no labelled tile of a test patient", where=where, fix="put labelled patients in the test split"
        )
    missing = [name for index, name in enumerate(names) if not (label[~test] == index).any()]
    if missing or len(names) < 2:
        raise ProductError(
            f"expected training tiles of two classes or more, none missing; found classes {', '.join(names)}, "
            f"without a training tile: {', '.join(missing) or 'none'}",
            where=where,
            fix="label training patients of every class, or mend the split",
        )
