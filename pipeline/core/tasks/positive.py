"""Positive pixels of the registered partners: those whose channel is above a threshold."""

from collections.abc import Iterable

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.measures.histogram import LEVELS, histogram, otsu, share_above
from pipeline.core.store.store import HISTOGRAM, TileStore

BLOCK = 256
AUTO = "auto"


def positive_shares(cohort: Cohort, section: Json, members: Iterable[Member]) -> tuple[int, dict[str, np.ndarray]]:
    """The threshold, and by slide the share of positive pixels: float64 (tile,) in [0, 1]; NaN without a partner.

    Pixels are those that were read of the partner's slide, before they were averaged to those of its tiles, where its
    store has counted them; else those of its tiles.

    Args:
        cohort: Where the registered partners are found.
        section: ``stain`` of the partner, ``channel``, and ``threshold`` of 255 that a positive pixel is above;
            ``auto`` is Otsu's of all pixels of the training patients' partners.
        members: Slides of the primary stain.
    """
    stain, channel = section["stain"], section["channel"]
    threshold = _learned(cohort, stain, channel) if section["threshold"] == AUTO else int(section["threshold"])
    shares = {}
    for member in members:
        partner = cohort.partner(member.slide, stain)
        counted = None if partner is None else counts(TileStore(partner.store), channel)
        shares[member.slide] = np.full(member.tiles, np.nan) if counted is None else share_above(counted, threshold)
    return threshold, shares


def counts(store: TileStore, channel: int) -> np.ndarray:
    """How often each 8-bit value occurs in a channel of every tile: int (tile, LEVELS)."""
    if store.has(HISTOGRAM):
        return store.column(HISTOGRAM)[:, channel]
    tiles = (histogram(tile[..., channel : channel + 1]) for block in store.blocks(BLOCK) for tile in block)
    return np.concatenate([*tiles])


def _learned(cohort: Cohort, stain: str, channel: int) -> int:
    """Otsu's threshold of the training patients' partners."""
    total = np.zeros(LEVELS, np.int64)
    for _, partner in cohort.paired(source=cohort.primary, target=stain, split="train"):
        total += counts(TileStore(partner.store), channel).sum(0, dtype=np.int64)
    if not total.any():
        raise ProductError(
            f"no training patient has a slide of {stain} to choose a threshold on",
            where="evaluate.tasks: threshold",
            fix="register one to a training slide, or give a number",
        )
    return otsu(total)
