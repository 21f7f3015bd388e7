"""How the tiles of a picture are compressed."""

from dataclasses import dataclass, field
from typing import Any

import imagecodecs
import numpy as np

FASTEST = 1  # of deflate: on tissue, the higher levels save a twentieth and take three times as long


@dataclass(frozen=True)
class Packing:
    """Tiles in JPEG, colours at half the resolution of lightness as scanners have them, or lossless in deflate.

    A tile of one colour, such as glass, is encoded once. Threads may share it.

    Args:
        quality: Of JPEG, 1 to 100; None for lossless.
    """

    quality: int | None = 90
    _plain: dict[bytes, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def encode(self, tile: np.ndarray) -> bytes:
        """A tile, uint8 (y, x, 3), as it stands in the file; all tiles of one packing are of one size."""
        first = tile[0, 0]
        if not (tile[0] == first).all() or not (tile == first).all():
            return self._encode(tile)
        colour = first.tobytes()
        if colour not in self._plain:
            self._plain[colour] = self._encode(tile)
        return self._plain[colour]

    def tags(self) -> dict[str, Any]:
        """The same for ``TiffWriter.write`` of tifffile."""
        if self.quality is None:
            return {"photometric": "rgb", "compression": "deflate"}
        return {"photometric": "ycbcr", "compression": "jpeg", "subsampling": (2, 2)}

    def _encode(self, tile: np.ndarray) -> bytes:
        if self.quality is None:
            return bytes(imagecodecs.deflate_encode(tile.tobytes(), level=FASTEST))
        whole = np.ascontiguousarray(tile)
        return bytes(imagecodecs.jpeg8_encode(whole, level=self.quality, subsampling="420", outcolorspace="ycbcr"))
