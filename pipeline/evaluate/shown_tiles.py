"""The test tiles that the report shows of a segmenter: where it does best, as usual, and worst."""

import numpy as np

from pipeline.core.cohort.labelled import Labelled
from pipeline.core.manifests.translators import GateManifest
from pipeline.core.segmentation.segmenter import Segmenter
from pipeline.core.store.rows import Rows
from pipeline.core.translation.shown import full_of, shown

PREFIX = "shown/"  # of what is kept


class ShownTiles:
    """Remembers the Dice of every tile with an object, and keeps three of them.

    Args:
        seed: Of the segmenter that is shown.
    """

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._seen: list[tuple[float, str, int]] = []
        self._slides: dict[str, Labelled] = {}

    def offer(self, one: Labelled, rows: slice, dice: np.ndarray) -> None:
        """Takes note of tiles; ``dice`` float64 (tile,), NaN where there is nothing to see."""
        name = one.slide.slide
        self._slides[name] = one
        known = np.flatnonzero(~np.isnan(dice))
        self._seen += [(float(dice[place]), name, rows.start + int(place)) for place in known]

    def arrays(self, segmenter: Segmenter, gate: GateManifest | None) -> dict[str, np.ndarray]:
        """The best, the median and the worst tile, segmented again; nothing where none has an object.

        Args:
            segmenter: Of the seed that is shown.
            gate: Of the views that it sees, if it does.

        Returns:
            ``shown/slide``, ``shown/row`` and ``shown/dice`` of each; ``shown/image``, uint8 (tile, y, x, 3), the tile
            itself as a screen shows it; ``shown/mask`` and ``shown/instance``, its labels, ``shown/found_mask`` and
            ``shown/found_instance``.
        """
        if not self._seen:
            return {}
        order = sorted(self._seen, reverse=True)
        chosen = [order[place] for place in (0, len(order) // 2, -1)]
        tiles = [self._tile(segmenter, gate, name, row) for _, name, row in chosen]
        found = {key: np.stack([tile[key] for tile in tiles]) for key in tiles[0]}
        dice, slides, rows = (np.array(column) for column in zip(*chosen, strict=True))
        return {f"{PREFIX}{key}": value for key, value in {**found, "dice": dice, "slide": slides, "row": rows}.items()}

    def _tile(self, segmenter: Segmenter, gate: GateManifest | None, name: str, row: int) -> dict[str, np.ndarray]:
        one, at = self._slides[name], np.array([row])
        image = Rows([one.slide.store])[at]
        (mask,), (instance,) = segmenter(Rows([one.pixels(gate)])[at])
        return {
            "image": shown(image, full_of(image))[0],
            "mask": one.array("mask")[at][0],
            "instance": one.array("instance")[at][0].astype(np.uint32),
            "found_mask": mask,
            "found_instance": instance,
        }
