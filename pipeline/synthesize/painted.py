"""What painted tiles are worth, measured on a sample: the figures that the gates of a cohort compare with limits."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member, joined
from pipeline.core.cohort.paired import registered
from pipeline.core.manifests.cohorts import ClassCount, PartManifest
from pipeline.core.measures.consistency import consistency
from pipeline.core.measures.memorisation import copied, limit, nearness, structure
from pipeline.core.measures.plausibility import appearance, remoteness
from pipeline.core.store.rows import Rows

MEASURED = 512  # painted tiles, and real ones of patients whom the painter did not see
KNOWN = 8192  # tiles that it was trained on
BLOCK = 64  # tiles that are held at a time
Pair = tuple[Member, Member]  # masks, and the tissue that they are registered to
Tiles = tuple[Rows, Rows]  # image, uint8 (tile, y, x, 3), and mask, uint8 (tile, y, x), on disk


def figures(painted: Tiles, seen: Tiles, others: Tiles | None) -> dict[str, float | None]:
    """Of painted tiles: ``consistency``, the share that is ``copied``, and their ``distance`` from real ones.

    Args:
        painted: A sample of them.
        seen: What the painter was trained on.
        others: Tiles of patients whom it was not trained on; without, nobody knows what a copy is, and the distance is
            that of training tiles from one another.

    Returns:
        None where a figure does not exist.
    """
    looks = [appearance(images) for images, _ in _blocks(painted)]
    known = [(appearance(images), structure(images, masks)) for images, masks in _blocks(seen)]
    real = np.concatenate([appearance(images) for images, _ in _blocks(others)]) if others else None
    learned, features = (np.concatenate(parts) for parts in zip(*known, strict=True))
    return {
        "consistency": _mean(np.concatenate([consistency(images, masks) for images, masks in _blocks(painted)])),
        "copied": _copied(painted, features, others) if others else None,
        "distance": remoteness(np.concatenate(looks), learned, real) if len(learned) > 1 else None,
    }


def shown(counts: Mapping[str, ClassCount]) -> float | None:
    """The share of what was asked of masks that they show, class by class; None where nothing was asked."""
    asked = sum(own.asked for own in counts.values())
    return sum(own.met for own in counts.values()) / asked if asked else None


def real_pairs(cohort: Cohort, patients: Collection[str], *, source: str, target: str) -> tuple[list[Pair], list[Pair]]:
    """Training slides of ``patients``, whom a painter was trained on, and of all others."""
    pairs = registered(cohort, source=source, target=target)
    seen = [pair for pair in pairs if pair[1].patient in patients]
    return seen, [pair for pair in pairs if pair[1].patient not in patients]


def painted_pairs(parts: Sequence[PartManifest]) -> list[Pair]:
    """The slides of parts."""
    found = ((Member.of(part.masks), Member.of(part.tissue)) for part in parts)
    return [(masks, tissue) for masks, tissue in found if masks and tissue]


def sample(pairs: Sequence[Pair], count: int) -> Tiles | None:
    """At most ``count`` tiles, evenly spaced, which stay on disk; None where there is no slide."""
    if not pairs:
        return None
    images, masks = joined(tissue for _, tissue in pairs), Rows([labels.store for labels, _ in pairs], "mask")
    rows = np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int)
    return images.take(rows), masks.take(rows)


def _blocks(tiles: Tiles) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return zip(*(rows.blocks(BLOCK) for rows in tiles), strict=True)


def _copied(painted: Tiles, features: np.ndarray, others: Tiles) -> float | None:
    """Features are those of training tiles, float (tile, feature)."""
    own, reference = (nearness(features, structure, images[:], masks[:]) for images, masks in (painted, others))
    return _mean(copied(own, limit(reference)))


def _mean(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
