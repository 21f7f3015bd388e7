"""Where tissue is: darker than the glass and coloured in brightfield, brighter than the background in fluorescence."""

import numpy as np
from PIL import Image, ImageFilter
from skimage.filters import threshold_otsu
from skimage.morphology import remove_small_holes, remove_small_objects

from pipeline.tile.pen import pen_marks

MASK_UM = 8.0  # µm per pixel of the mask, at most
MASK_PIXELS = 1 << 24  # of the mask, at most; a larger slide gets coarser ones
SPECK_UM2 = 4_000.0  # smaller pieces are no tissue
HOLE_UM2 = 8_000.0  # smaller holes are
DENSITY = (0.05, 0.08)  # the threshold on mean optical density above glass lies between
GREY, PALE = 0.08, 0.02  # least difference of the channels' optical densities: share of their mean, and as such
GLOW = (0.03, 0.12)  # the threshold on light above a dark background lies between
BRIGHT = 0.82  # clear glass transmits at least this share of the light,
COLOURLESS = 0.06  # its channels differ by no more than this
ENOUGH = 0.05  # and it covers at least this share of the image
DARK = 0.1  # light of a dark background, at most
BITS = 7  # of each channel that are told apart: a step is 1/128 of full light
WHITE, BLACK = 0.99, 0.01  # share of full light of what fills places that were not scanned
STRIP = 1 << 22  # pixels counted at once
SMALL = 1 << 18  # pixels of an image whose colours are sorted: a table of all colours would take longer to clear


class Palette:
    """The colours of an image, how often each occurs, and where: what depends on colour alone is decided once for each.

    Args:
        image: uint8 (y, x, 3).

    Attributes:
        light: float32 (colour, 3), shares of full light, above 0.
        counts: int64 (colour,), pixels.
        scanned: bool (colour,), false for full white and full black.
    """

    def __init__(self, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        if height * width <= SMALL:
            colours, places, self.counts = np.unique(_codes(image), return_inverse=True, return_counts=True)
            self._code, self._used, self._size = places.reshape(height, width), np.arange(len(colours)), len(colours)
        else:
            self._code, self._size = np.empty((height, width), np.int32), 1 << 3 * BITS
            counts = np.zeros(self._size, np.int64)
            rows = max(1, STRIP // width)
            for top in range(0, height, rows):
                code = self._code[top : top + rows] = _codes(image[top : top + rows])
                counts += np.bincount(code.ravel(), minlength=counts.size)
            self._used = colours = np.flatnonzero(counts)
            self.counts = counts[colours]
        channels = [colours >> shift & (1 << BITS) - 1 for shift in (2 * BITS, BITS, 0)]
        self.light = ((np.stack(channels, axis=-1) + 0.5) / (1 << BITS)).astype(np.float32)
        self.scanned = (self.light.min(-1) < WHITE) & (self.light.max(-1) > BLACK)

    def where(self, chosen: np.ndarray) -> np.ndarray:
        """Pixels of the chosen colours: bool (y, x) of bool (colour,)."""
        table = np.zeros(self._size, bool)
        table[self._used] = chosen
        return np.take(table, self._code)


def _codes(image: np.ndarray) -> np.ndarray:
    """A number for each colour that is told apart: int32 (y, x) of uint8 (y, x, 3)."""
    red, green, blue = np.moveaxis(image >> (8 - BITS), -1, 0).astype(np.int32)
    return np.asarray(red << 2 * BITS | green << BITS | blue)


def tissue_mask(overview: np.ndarray, mpp: float, *, pens: bool = True) -> np.ndarray:
    """Marks tissue on an image of low magnification.

    Otsu's threshold parts the colours, within limits, so that an empty slide has no tissue and a full one no
    background. Areas that were not scanned, which are wholly white or black, are background and do not count for
    the threshold. An image is taken for fluorescence, whose tissue is bright, where there is no glass
    and the darkest twentieth is dark.

    Args:
        overview: uint8 (y, x, 3), about 8 µm per pixel.
        mpp: µm per pixel of the overview.
        pens: Leave out what has the colour of a pen.

    Returns:
        bool (y, x).
    """
    blurred = np.asarray(Image.fromarray(overview).filter(ImageFilter.BoxBlur(1)))
    palette = Palette(blurred)
    glass = _glass(palette)
    if glass is None and _is_dark(palette):
        mask = palette.where(_glowing(palette))
    else:
        density = -np.log(palette.light / (np.ones(3, np.float32) if glass is None else glass))
        mask = palette.where(_stained(palette, density))
        if pens:
            mask &= ~pen_marks(palette.where, density, mpp)
    mask = remove_small_holes(mask, max_size=int(HOLE_UM2 / mpp**2))
    return np.asarray(remove_small_objects(mask, max_size=int(SPECK_UM2 / mpp**2)))


def _stained(palette: Palette, density: np.ndarray) -> np.ndarray:
    """Colours of stained tissue: dense enough, and not grey."""
    mean = density.mean(-1)
    threshold = np.clip(_otsu(mean[palette.scanned], palette.counts[palette.scanned]), *DENSITY)
    return np.asarray((mean > threshold) & (np.ptp(density, axis=-1) > np.maximum(GREY * mean, PALE)))


def _glowing(palette: Palette) -> np.ndarray:
    """Colours of tissue on a dark background: bright enough in any channel."""
    light, scanned = palette.light.max(-1), palette.scanned
    background = min(_quantile(light[scanned], palette.counts[scanned], 0.05), DARK)
    low, high = (background + limit for limit in GLOW)
    # the root, because a few bright nuclei would else draw the threshold up
    return np.asarray(light > np.clip(_otsu(np.sqrt(light), palette.counts) ** 2, low, high))


def _glass(palette: Palette) -> np.ndarray | None:
    """Background intensity: that of the brightest colourless pixels, where they are enough; float32 (3,), or None."""
    light = palette.light[palette.scanned]
    counts = palette.counts[palette.scanned]
    mean = light.mean(-1)
    clear = (mean > BRIGHT) & (np.ptp(light, axis=-1) < COLOURLESS)
    shades = np.bincount((mean[clear] * 128).astype(int), counts[clear], minlength=130)
    near = np.convolve(shades, np.ones(3), "same")
    enough = np.flatnonzero((near > 0) & (near >= ENOUGH * counts.sum()))
    if not enough.size:
        return None
    shade = enough[-1]
    while near[shade - 1] > near[shade]:
        shade -= 1
    chosen = clear & (np.abs((mean * 128).astype(int) - shade) <= 1)
    return np.asarray(np.average(light[chosen], axis=0, weights=counts[chosen]), np.float32)


def _is_dark(palette: Palette) -> bool:
    """Whether the background is dark; only to be asked where there is no glass."""
    lit = palette.light.max(-1) > BLACK
    white = lit & (palette.light.min(-1) > BRIGHT)
    saturated = palette.counts[white].sum() > ENOUGH * palette.counts[lit].sum()
    return not saturated and _quantile(palette.light.mean(-1), palette.counts, 0.05) < DARK


def _otsu(values: np.ndarray, counts: np.ndarray) -> float:
    if not values.size or np.ptp(values) == 0:
        return 0.0
    histogram, edges = np.histogram(values, 256, weights=counts)
    return float(threshold_otsu(hist=(histogram, (edges[1:] + edges[:-1]) / 2)))


def _quantile(values: np.ndarray, counts: np.ndarray, share: float) -> float:
    if not values.size:
        return 0.0
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(counts[order]), share * counts.sum())])
