"""Small images such as the tiles of public data sets, through Pillow."""

from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import WHITE, Pair, check_size, decoding

MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "YCbCr"}
ORIENTATION = 0x0112  # tag of EXIF and TIFF


class HeldPicture:
    """An image that is held in memory. It knows no resolution.

    Args:
        pixels: uint8 (y, x, 3).
    """

    mpp: Pair | None = None
    objective: float | None = None

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = pixels
        self.levels = [(pixels.shape[1], pixels.shape[0])]

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        inside = self._pixels[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
        if inside.shape[:2] == (height, width):
            return inside
        box = np.full((height, width, 3), WHITE, np.uint8)
        box[max(0, -y) :, max(0, -x) :][: inside.shape[0], : inside.shape[1]] = inside
        return box

    def close(self) -> None:
        """Nothing is held open."""


class PictureReader(HeldPicture):
    """A PNG, JPEG or other image that fits into memory.

    Args:
        path: The file.

    Raises:
        SlideError: Pillow cannot decode it, or not to 8-bit RGB.
    """

    def __init__(self, path: Path) -> None:
        with decoding(path, "open the image"), Image.open(path) as image:
            _check(path, image)
            super().__init__(_over_white(image))


def _check(path: Path, image: Image.Image) -> None:
    """Raises SlideError for what Pillow would turn into 8-bit RGB by cutting something off."""
    check_size(path, *image.size)
    deep = "16" in str([tile[3:] for tile in getattr(image, "tile", [])])  # ask before getexif, which decodes
    turned = image.getexif().get(ORIENTATION, 1)
    if image.width * image.height > (Image.MAX_IMAGE_PIXELS or 0):
        found, fix = f"{image.width} x {image.height} px in one piece", "export it as tiled TIFF"
    elif image.mode not in MODES or deep:
        found, fix = (
            f"{image.mode}{' of 16 bits' if deep else ''} pixels, expected 8-bit RGB or grey",
            "export it as 8-bit RGB",
        )
    elif getattr(image, "n_frames", 1) > 1:
        found, fix = f"{image.n_frames} images in one file", "give each its own file"  # type: ignore[attr-defined]
    elif turned not in (0, 1):
        found, fix = f"an image stored turned or mirrored (orientation {turned})", "save it upright"
    else:
        return
    raise SlideError(found, where=str(path), fix=fix)


def _over_white(image: Image.Image) -> np.ndarray:
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"))
    layers = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(layers, mask=layers)
    return np.asarray(canvas)
