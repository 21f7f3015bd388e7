"""How many tiles of a set look like copies of tiles that their maker was trained on."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from pipeline.core.measures.means import Means
from pipeline.core.measures.memorisation import copied, limit, nearness
from pipeline.evaluate.cloud import Named
from pipeline.evaluate.sample import Sample, numbered

Tiles = tuple[np.ndarray, ...]  # images, and masks where they are asked about


def copies(
    name: str,
    embed: Callable[..., np.ndarray],
    known: Iterable[Tiles],
    made: Tiles,
    others: Tiles,
    owners: np.ndarray,
) -> Named:
    """The share of copies, and how much nearer the nearest training tile is than the next ones; see
    :mod:`pipeline.core.measures.memorisation`.

    Args:
        name: Of the score.
        embed: Arrays of tiles to features.
        known: Training tiles, in parts, of which one at a time is held.
        made: What is judged.
        others: Real tiles of patients that the maker was not trained on.
        owners: str (tile,), the patient of each tile that was made.
    """
    features = np.concatenate([embed(*tiles) for tiles in known])
    own, theirs = (nearness(features, embed, *tiles) for tiles in (made, others))
    patients, (number,) = numbered(owners)
    pool = Means.of(["copied", "nearness"], np.column_stack([copied(own, limit(theirs)), own]), number)
    return name, pool, patients, len(own)


def labelled(sample: Sample, masks: Sample) -> Iterator[Tiles]:
    """Images of a sample, and the masks of these tiles, of slides of masks in the same order, part by part."""
    for (_, images), (_, labels) in zip(sample.blocks(), masks.blocks("mask"), strict=True):
        yield (*images, *labels)


def whole(parts: Iterable[Tiles]) -> Tiles:
    """All the tiles of the parts."""
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
