"""The network by whose features clouds of tiles are compared: always the same, and trained on nothing."""

from collections.abc import Callable

import numpy as np
import torch

from pipeline.core.networks.resnet import ResNetEncoder

EXTRACTOR = "resnet18_16_untrained"
GREY, DEVIATION = (0.5,) * 3, (0.25,) * 3
BATCH = 256


def load_extractor() -> Callable[[np.ndarray], np.ndarray]:
    """ResNet-18 of width 16 as seed 0 initialises it: uint8 (tile, y, x, 3) to float32 (tile, 128).

    The distances of one extractor do not compare with those of another, Inception's among them.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = ResNetEncoder(depth=18, width=16, mean=GREY, std=DEVIATION)
    return lambda images: encoder.embed(images, BATCH)
