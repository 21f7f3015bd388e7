"""What every segmenter's network is: images in [0, 1] to maps that can be averaged, and those to labels."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from torch import nn

from pipeline.core.diffusion.nuclei import nuclei_of
from pipeline.core.segmentation.objects import without_specks

LEAST = 10  # pixels of an object, Graham et al. 2019 at 0.25 um


class SegmentationNetwork(nn.Module, ABC):
    """Finds objects of so many classes.

    Args:
        channels: Of its images.
        classes: With ids from 1; 0 is the background.
        multiple: Sides of the images that it takes are multiples of it.
        least: Pixels of an object; a smaller one is background.
    """

    def __init__(self, *, channels: int, classes: int, multiple: int, least: int = LEAST) -> None:
        super().__init__()
        self.channels, self.classes, self.multiple, self.least = channels, classes, multiple, least

    @abstractmethod
    def forward(self, images: torch.Tensor) -> Any:
        """What its method learns from, of float (B, c, y, x) in [0, 1]."""

    @abstractmethod
    def maps(self, images: torch.Tensor) -> torch.Tensor:
        """What windows that overlap may be averaged in: float32 (B, k, y, x) of float (B, c, y, x) in [0, 1].

        The first ``classes + 1`` are the probabilities of background and classes.
        """

    def labels(self, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Labels of an area of any size: the likeliest class of each pixel, and objects by their shape.

        Args:
            maps: float32 (k, y, x); see :meth:`maps`.

        Returns:
            Class ids, uint8, and ids of objects from 1, uint32: (y, x) each, 0 for background.
        """
        mask = maps[: self.classes + 1].argmax(0).astype(np.uint8)
        instance = without_specks(nuclei_of(mask, self.least), self.least)
        return np.where(instance > 0, mask, np.uint8(0)), instance
