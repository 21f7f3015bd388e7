"""Paints nuclei into images, one small patch each."""

from dataclasses import dataclass

import numpy as np

from pipeline.phantom.nuclei import Nuclei

OVERLAP = 0.2  # a nucleus that others cover by more than this share is left out


@dataclass(frozen=True)
class Raster:
    """Painted nuclei, level-0 pixels.

    Args:
        chromatin: float32 (y, x), 0 outside nuclei, about 1 inside.
        instance: uint32 (y, x), row of ``kinds`` plus 1, 0 outside nuclei.
        kinds: uint8 (nucleus,), index into CLASSES of each painted nucleus.
        membrane: float32 (y, x), stained cytoplasm and membrane, 0..1; None where none was asked for.
    """

    chromatin: np.ndarray
    instance: np.ndarray
    kinds: np.ndarray
    membrane: np.ndarray | None


def paint(nuclei: Nuclei, side: int, *, positive: np.ndarray | None = None, reach: float = 4.0) -> Raster:
    """Paints nuclei.

    Args:
        nuclei: What to paint, first come first served.
        side: Side of the slide in level-0 pixels.
        positive: float (nucleus,), 0..1: how strongly each cell's cytoplasm is stained; None for no such stain.
        reach: How far stained cytoplasm reaches beyond the nucleus, level-0 pixels.
    """
    chromatin = np.zeros((side, side), np.float32)
    instance = np.zeros((side, side), np.uint32)
    membrane = None if positive is None else np.zeros((side, side), np.float32)
    kinds: list[int] = []
    margin = 2.0 if positive is None else 1.5 * (reach + 0.35 * float(nuclei.short.max(initial=0)))
    for row in range(len(nuclei)):
        half = int(nuclei.long[row] * (1 + nuclei.wobble[row].sum()) + margin)
        cx, cy = int(nuclei.x[row]), int(nuclei.y[row])
        window = np.s_[max(0, cy - half) : cy + half + 1, max(0, cx - half) : cx + half + 1]
        taken = instance[window]
        depth = _depth(nuclei, row, window, taken.shape)
        inside = depth > 0
        own = np.count_nonzero(inside)
        if not own or np.count_nonzero(taken[inside]) > OVERLAP * own:
            continue
        kinds.append(int(nuclei.kind[row]))
        taken[inside & (taken == 0)] = len(kinds)
        strength = np.float32(nuclei.strength[row])
        np.maximum(chromatin[window], strength * np.clip(depth + 0.5, 0, 1), out=chromatin[window])
        if membrane is not None and positive is not None and positive[row] > 0:
            width = reach + 0.35 * float(nuclei.short[row])
            halo = np.exp(-np.square(np.minimum(depth + 0.6 * width, 0) / (0.3 * width)))
            halo *= np.where(inside, np.float32(0.3), np.float32(1.0))
            np.maximum(membrane[window], np.float32(positive[row]) * halo, out=membrane[window])
    return Raster(chromatin, instance, np.array(kinds, np.uint8), membrane)


def _depth(nuclei: Nuclei, row: int, window: tuple[slice, slice], shape: tuple[int, ...]) -> np.ndarray:
    """Depth below the outline in pixels, about; negative outside: float32 of ``shape``."""
    dy = np.arange(window[0].start, window[0].start + shape[0], dtype=np.float32)[:, None] - np.float32(nuclei.y[row])
    dx = np.arange(window[1].start, window[1].start + shape[1], dtype=np.float32)[None, :] - np.float32(nuclei.x[row])
    cos, sin = np.float32(np.cos(nuclei.angle[row])), np.float32(np.sin(nuclei.angle[row]))
    long, short = np.float32(nuclei.long[row]), np.float32(nuclei.short[row])
    u, v = (dx * cos + dy * sin) / long, (dy * cos - dx * sin) / short
    radius = np.sqrt(u * u + v * v)
    turn = np.arctan2(v, u)
    (second, third), (p, q) = nuclei.wobble[row].astype(np.float32), nuclei.phase[row].astype(np.float32)
    outline = 1 + second * np.cos(2 * turn + p) + third * np.cos(3 * turn + q)
    # Pixels per unit of radius along this direction: turns the ellipse's scaled distance into pixels.
    pixels = np.sqrt(dx * dx + dy * dy + np.float32(1e-6)) / (radius + np.float32(1e-6))
    depth: np.ndarray = (outline - radius) * np.minimum(pixels, 2 * short)
    return depth
