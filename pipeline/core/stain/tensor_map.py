"""A map of colours for tensors, on whatever device they are."""

import torch

from pipeline.core.errors import ProductError
from pipeline.core.stain.colour_map import COLOURS, ColourMap


class TensorMap:
    """What a :class:`ColourMap` does, of tensors: the same values, looked up where the images are.

    Args:
        colours: The map, which computes what is not known yet.
        device: Of the images; the table takes 64 MB of it.
    """

    def __init__(self, colours: ColourMap, device: torch.device) -> None:
        self._colours, self._table = colours, torch.zeros(COLOURS, dtype=torch.int32, device=device)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Maps images, uint8 (..., 3); raises ProductError where they are no 8-bit RGB."""
        if images.dtype != torch.uint8 or images.shape[-1:] != (3,):
            told = f"expected 8-bit RGB, found {images.dtype} of shape {tuple(images.shape)}"
            raise ProductError(told, where="stain", fix="normalise RGB stains alone")
        red, green, blue = (images[..., channel].long() for channel in range(3))
        codes = red + 256 * green + 65536 * blue
        found: torch.Tensor = self._table[codes]
        if not found.all():
            missing = torch.unique(codes[found == 0])
            entries = self._colours.entries(missing.cpu().numpy().astype("uint32")).astype("int32")
            self._table[missing] = torch.from_numpy(entries).to(self._table.device)
            found = self._table[codes]
        return torch.stack([(found >> shift) & 255 for shift in (0, 8, 16)], -1).to(torch.uint8)
