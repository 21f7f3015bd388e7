"""What the pixels of a stain are, and the way from them to the numbers that translators work with."""

from dataclasses import asdict, dataclass

import numpy as np
import torch

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.store.array import TileArray
from pipeline.core.store.rows import Rows

FULL = 255  # of 8 bits
AT_ONCE = 64  # tiles


@dataclass(frozen=True)
class Pixels:
    """Of a stain's tiles; by default 8-bit RGB.

    Args:
        dtype: ``uint8`` or ``uint16``.
        channels: Numbers per pixel.
        full: The value that is 1 where numbers lie in [-1, 1]; a larger one is beyond.
    """

    dtype: str = "uint8"
    channels: int = 3
    full: int = FULL

    @classmethod
    def of(cls, images: Rows) -> "Pixels":
        """Those of uint8 or uint16 (tile, y, x, c); all 16-bit tiles are read.

        Full is 255 for 8 bits. Cameras seldom fill 16: there it is the largest number of the bits that the tiles use.
        """
        if images.dtype == np.uint8:
            return cls("uint8", images.shape[-1])
        largest = max(int(block.max()) for block in images.blocks(AT_ONCE))
        return cls(str(images.dtype), images.shape[-1], max(FULL, 2 ** largest.bit_length() - 1))

    @property
    def array(self) -> TileArray:
        """What a store of such tiles holds."""
        return TileArray(self.dtype, self.channels)

    def config(self) -> Json:
        """As an exported config says it."""
        return asdict(self)

    def check(self, images: np.ndarray, where: str) -> None:
        """Raises ProductError unless ``images`` are (tile, y, x, c) of this dtype and number of channels."""
        if images.dtype != np.dtype(self.dtype) or images.ndim != 4 or images.shape[-1] != self.channels:
            raise ProductError(
                f"expected tiles of {self.dtype} (y, x, {self.channels}), found {images.dtype} {images.shape[1:]}",
                where=where,
                fix="use a translator that was trained on such tiles, or train one",
            )

    def tensor(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 or uint16 (B, H, W, c) to float32 (B, c, H, W), where 0 is -1 and ``full`` is 1."""
        return (images.permute(0, 3, 1, 2).float() / (self.full / 2) - 1).contiguous()

    def images(self, tensor: torch.Tensor) -> torch.Tensor:
        """Float (B, c, H, W) in [-1, 1] to uint8 or uint16 (B, H, W, c), rounded and clipped."""
        values = ((tensor.float() + 1) * (self.full / 2)).round().clamp(0, self.full)
        kind: torch.dtype = getattr(torch, self.dtype)
        return values.to(kind).permute(0, 2, 3, 1).contiguous()


RGB = Pixels()
