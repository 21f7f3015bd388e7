"""A trained segmenter in use: tiles to classes and objects."""

from pathlib import Path

import numpy as np
import torch

from pipeline.core.errors import ProductError
from pipeline.core.networks.encoder import unit
from pipeline.core.networks.weights import AGAIN, import_network
from pipeline.core.segmentation.network import SegmentationNetwork
from pipeline.core.translation.parts import parts

SEGMENTER = "segmenter"  # what a learner exports, and the name of its files
DTYPES = (np.uint8, np.uint16)
LEAST_MULTIPLES = 2  # of a side: a norm over one pixel knows no deviation


class Segmenter:
    """A network in eval mode: what it says of a tile is the same in every batch.

    Args:
        network: On its device.
    """

    def __init__(self, network: SegmentationNetwork) -> None:
        self.network, self.classes, self.channels = network.eval(), network.classes, network.channels
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, folder: Path) -> "Segmenter":
        """What training exported, on the accelerator when there is one.

        Raises:
            ProductError: There is none, or it is no segmenter.
        """
        network = import_network(folder, SEGMENTER)
        if not isinstance(network, SegmentationNetwork):
            raise ProductError(
                f"expected a segmenter, found {type(network).__name__}", where=str(folder / SEGMENTER), fix=AGAIN
            )
        return cls(network)

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Classes and objects of uint8 or uint16 (tile, y, x, c).

        Returns:
            Class ids, uint8, and ids of objects from 1, uint16: (tile, y, x) each, 0 for background.

        Raises:
            ProductError: See :meth:`maps`; or a tile has more objects than 16 bits can number.
        """
        mask = np.zeros(images.shape[:3], np.uint8)
        instance = np.zeros(images.shape[:3], np.uint16)
        for row, maps in enumerate(self.maps(images)):
            mask[row], found = self.network.labels(maps)
            if found.max(initial=0) > np.iinfo(np.uint16).max:
                fix = "segment smaller tiles"
                raise ProductError(f"{found.max()} objects in one tile", where=type(self.network).__name__, fix=fix)
            instance[row] = found
        return mask, instance

    @torch.no_grad()
    def maps(self, images: np.ndarray) -> np.ndarray:
        """The network's maps, see :meth:`SegmentationNetwork.maps`: float32 (tile, k, y, x).

        Tiles whose sides do not fit are mirrored at their borders, and the maps cut.

        Args:
            images: uint8 or uint16 (tile, y, x, c).

        Raises:
            ProductError: They are other images than the network reads.
        """
        self._check(images)
        margins = [_margin(side, self.network.multiple) for side in images.shape[1:3]]
        (top, _), (left, _) = margins
        found = []
        for count, rows in parts(len(images), self.device):
            wide = np.pad(images[rows], ((0, 0), *margins, (0, 0)), mode="reflect")
            maps = self.network.maps(unit(torch.from_numpy(wide).to(self.device)))[:count]
            found.append(maps[:, :, top : top + images.shape[1], left : left + images.shape[2]].float().cpu().numpy())
        return np.concatenate(found) if found else self._none(images.shape[1:3])

    def _none(self, sides: tuple[int, ...]) -> np.ndarray:
        """The maps of no tile."""
        blank = np.zeros((1, *sides, self.channels), np.uint8)
        return self.maps(blank)[:0]

    def _check(self, images: np.ndarray) -> None:
        if images.ndim != 4 or images.dtype not in DTYPES or images.shape[3] != self.channels:
            raise ProductError(
                f"expected tiles of 8 or 16 bits, (y, x, {self.channels}), found {images.dtype} {images.shape[1:]}",
                where=type(self.network).__name__,
                fix="use a segmenter that was trained on such images",
            )


def _margin(side: int, multiple: int) -> tuple[int, int]:
    """Pixels before and behind, to a multiple of at least two."""
    lacking = max(-(-side // multiple), LEAST_MULTIPLES) * multiple - side
    return lacking // 2, lacking - lacking // 2
