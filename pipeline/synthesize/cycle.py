"""Errors of the way there and back, which show a source hidden in noise that nobody sees.

Chu et al. 2017, CycleGAN, a Master of Steganography.
"""

from collections.abc import Sequence

import numpy as np
import torch

from pipeline.core.seeds import derive
from pipeline.core.translation.noise import TileNoise
from pipeline.core.translation.translator import Translator

NOISE = 2.0  # grey levels of 255
BATCH = 32


def cycle_errors(
    forward: Translator, backward: Translator, source: np.ndarray, *, seeds: Sequence[int]
) -> dict[str, float]:
    """L1 distance of the way there and back, in units of [0, 1].

    Args:
        forward: Source to target.
        backward: Target to source.
        source: uint8 or uint16 (tile, y, x, c).
        seeds: The tiles', as ``forward`` was given them for the view; the noise and ``backward`` draw from others.

    Returns:
        ``cycle`` of the target as computed, ``cycle_uint8`` of the target as stored, ``cycle_noise`` of
        the stored target with noise of 2 grey levels, and ``cycle_jump``, the larger rise above ``cycle``.
    """
    sums = np.zeros(3)
    for start in range(0, len(source), BATCH):
        own = seeds[start : start + BATCH]
        back = [derive(seed, "backward") for seed in own]
        noise = TileNoise([derive(seed, "noise") for seed in own])
        x = forward.source.tensor(torch.from_numpy(source[start : start + BATCH]))
        made = forward.tensors(x, own)
        stored = forward.target.tensor(forward.target.images(made))
        noisy = stored + noise.normal(*stored.shape[1:]) * NOISE / 127.5
        sums += [float((backward.tensors(view, back) - x).abs().mean()) / 2 * len(x) for view in (made, stored, noisy)]
    plain, quantised, noised = map(float, sums / len(source))
    return {
        "cycle": plain,
        "cycle_uint8": quantised,
        "cycle_noise": noised,
        "cycle_jump": max(quantised, noised) - plain,
    }
