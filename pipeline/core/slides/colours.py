"""From the samples of a file to red, green and blue of 8 bits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import WHITE

Colours = Callable[[np.ndarray], np.ndarray]  # uint8 (y, x, sample) to uint8 (y, x, 3)

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, YCBCR = 0, 1, 2, 6  # photometric interpretations of TIFF
PALETTE, CMYK = 3, 5
ASSOCIATED, UNASSOCIATED = 1, 2  # kinds of alpha, by TIFF's ExtraSamples
NAME_THEM = "name them in params.yaml: stains.<stain>.channels: [0, 1, 2]"


def check_kind(path: Path, page: tifffile.TiffPage, *, named: bool) -> None:
    """Raises SlideError, by name, for what cannot be shown as 8-bit RGB.

    Args:
        path: The file.
        page: Of its first level.
        named: The channels that become red, green and blue are known.
    """
    turned = page.tags.valueof(274, 1)
    photometric = int(page.photometric)
    fix = "export it as 8-bit RGB TIFF"
    if page.dtype != np.uint8:
        found = f"samples of {page.dtype or page.bitspersample}, expected 8-bit (uint8)"
    elif page.imagedepth != 1 or page.tiledepth != 1:
        found, fix = f"a stack of {page.imagedepth} focal planes", "export one plane"
    elif turned not in (0, 1):
        found, fix = f"an image stored turned or mirrored (orientation {turned})", "export it upright"
    elif not named and photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, YCBCR):
        name = {PALETTE: "palette", CMYK: "CMYK"}.get(photometric, f"photometric {photometric}")
        found = f"{name} colours, expected RGB or grey"
    else:
        return
    raise SlideError(found, where=str(path), fix=fix)


def find_colours(path: Path, photometric: int, samples: int, extra: tuple[int, ...]) -> Colours:
    """How samples become colours: grey three times, alpha over white.

    Raises:
        SlideError: Nothing says which samples are red, green and blue.
    """
    plain = samples - len(extra)
    alpha = extra[0] if len(extra) == 1 else None
    if len(extra) <= 1 and alpha in (None, ASSOCIATED, UNASSOCIATED):
        if plain == 1 and photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO):
            invert = photometric == WHITE_IS_ZERO
            return lambda pixels: over_white(np.repeat(~pixels[..., :1] if invert else pixels[..., :1], 3, -1),
                                             pixels[..., 1:], alpha)  # fmt: skip
        if plain == 3 and photometric in (RGB, YCBCR):
            return lambda pixels: over_white(pixels[..., :3], pixels[..., 3:], alpha)
    raise SlideError(
        f"{samples} channels, and nothing says which are red, green and blue", where=str(path), fix=NAME_THEM
    )


def over_white(pixels: np.ndarray, alpha: np.ndarray, kind: int | None = UNASSOCIATED) -> np.ndarray:
    """Lays an image over white.

    Args:
        pixels: uint8 (y, x, 3).
        alpha: uint8 (y, x, 1), 0 where the image is transparent.
        kind: ASSOCIATED where the colours are multiplied with alpha already; None where there is no alpha.
    """
    if kind is None or alpha.min() == WHITE:
        return np.ascontiguousarray(pixels)
    share = alpha.astype(np.uint16)
    if kind == UNASSOCIATED:
        pixels = ((pixels * share + 127) // 255).astype(np.uint8)
    return np.minimum(pixels + (WHITE - share), WHITE).astype(np.uint8)


def pick_channels(path: Path, channels: list[int], samples: int) -> Colours:
    """Channels that become red, green and blue, the missing ones black.

    Raises:
        SlideError: The image has not these channels.
    """
    if not 1 <= len(channels) <= 3 or not all(0 <= channel < samples for channel in channels):
        raise SlideError(
            f"channels {channels} of an image of {samples}",
            where=str(path),
            fix=f"stains.<stain>.channels: one to three of 0..{samples - 1}",
        )

    def pick(pixels: np.ndarray) -> np.ndarray:
        picture = np.zeros((*pixels.shape[:2], 3), np.uint8)
        for place, channel in enumerate(channels):
            picture[..., place] = pixels[..., channel]
        return picture

    return pick
