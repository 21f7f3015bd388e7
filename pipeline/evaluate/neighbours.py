"""How many tiles of a set look like copies of tiles that their maker was trained on."""

from collections.abc import Callable

import numpy as np

from pipeline.core.measures.means import Means
from pipeline.core.measures.memorisation import copied, limit, nearness
from pipeline.evaluate.cloud import Named
from pipeline.evaluate.sample import Sample, numbered

Tiles = tuple[np.ndarray, ...]  # images, and masks where they are asked about


def copies(
    name: str, embed: Callable[..., np.ndarray], known: Tiles, made: Tiles, others: Tiles, owners: np.ndarray
) -> Named:
    """The share of copies, and how much nearer the nearest training tile is than the next ones; see
    :mod:`pipeline.core.measures.memorisation`.

    Args:
        name: Of the score.
        embed: Arrays of tiles to features.
        known: Training tiles.
        made: What is judged.
        others: Real tiles of patients that the maker was not trained on.
        owners: str (tile,), the patient of each tile that was made.
    """
    features = embed(*known)
    own, theirs = (nearness(features, embed, *tiles) for tiles in (made, others))
    patients, (number,) = numbered(owners)
    pool = Means.of(["copied", "nearness"], np.column_stack([copied(own, limit(theirs)), own]), number)
    return name, pool, patients, len(own)


def labelled(sample: Sample, masks: Sample) -> Tiles:
    """Images of a sample, and the masks of these tiles, of slides of masks in the same order."""
    return sample.images(), np.concatenate([mask for _, (mask,) in masks.blocks("mask")])
