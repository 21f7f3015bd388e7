"""What learns to segment."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, Literal, TypeVar

import numpy as np
import torch
from torch import nn

from pipeline.core.diffusion.mask_colours import coloured
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import Json
from pipeline.core.networks.encoder import unit
from pipeline.core.segmentation.augment import augmented
from pipeline.core.segmentation.network import SegmentationNetwork
from pipeline.core.segmentation.segmenter import SEGMENTER, Segmenter
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Exports, Learner, Losses
from pipeline.core.translation.panel import write_columns
from pipeline.core.translation.shown import full_of, shown

SHOWN = 6  # tiles of a panel
POLY = 0.9  # exponent of the falling rate, nnU-Net
CLIP = 12.0  # norm of the gradient, nnU-Net
MOMENTUM = 0.99  # of SGD, nnU-Net
Optimizer = Literal["adamw", "sgd"]
N = TypeVar("N", bound=SegmentationNetwork)


class SegmentationLearner(Learner, Generic[N]):
    """Learns the labels of images.

    A batch holds ``image``, uint8 or uint16 (B, y, x, c), ``mask``, class ids uint8 (B, y, x), and ``instance``, ids of
    objects uint16 or uint32 (B, y, x). Constructors take ``size`` (side of a tile), ``channels`` (of an image),
    ``classes`` (with ids from 1), ``lr`` (base learning rate) and the method's options.

    Args:
        network: To be trained.
        config: Of the network, as it is exported.
        lr: Base learning rate.
        colour: Strength of augmentation of values, see :func:`pipeline.core.segmentation.augment.augmented`.
        optimizer: ``adamw``; ``sgd`` as nnU-Net has it: Nesterov momentum of 0.99.
        weight_decay: Of either; 3e-5 in nnU-Net.
    """

    examples: Mapping[str, np.ndarray] | None = None

    def __init__(
        self,
        network: N,
        config: Json,
        *,
        lr: float,
        colour: float,
        optimizer: Optimizer = "adamw",
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__()
        self.network: N = network
        self.config, self.lr, self.colour = config, lr, colour
        self.optimizer, self.weight_decay = optimizer, weight_decay

    @abstractmethod
    def losses(self, images: torch.Tensor, mask: torch.Tensor, instance: torch.Tensor) -> Losses:
        """Terms and the weighted ``total``.

        Args:
            images: Augmented, float32 (B, c, y, x) in [0, 1].
            mask: Class ids, int64 (B, y, x), turned as the images are.
            instance: Ids of objects, int64 (B, y, x), likewise.
        """

    def forward(self, batch: Batch, turn: str) -> Losses:
        """Raises ProductError where images have other channels, or masks other classes, than the network."""
        image, mask = batch["image"], batch["mask"]
        _check(image.shape[-1], int(mask.max()), self.network)
        return self.losses(*augmented(unit(image), mask.long(), batch["instance"].long(), self.colour))

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        learning = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        if self.optimizer == "sgd":
            made: torch.optim.Optimizer = torch.optim.SGD(
                learning, self.lr, momentum=MOMENTUM, nesterov=True, weight_decay=self.weight_decay
            )
        else:
            made = torch.optim.AdamW(learning, self.lr, weight_decay=self.weight_decay)
        return {"model": made}

    def rate(self, progress: float) -> float:
        """Falls as ``(1 - progress)^0.9``."""
        return float((1 - progress) ** POLY)

    def clip(self, parameters: list[nn.Parameter]) -> None:
        nn.utils.clip_grad_norm_(parameters, CLIP)

    def exports(self) -> Exports:
        return {SEGMENTER: (self.network, self.config)}

    def show(self, **examples: np.ndarray) -> None:
        """Draws the first of these rows of what its batches hold at every checkpoint."""
        self.examples = examples

    def sample(self, folder: Path, step: int) -> None:
        """Writes ``step_000100.png``: the examples' image, true labels and found ones."""
        if self.examples:
            image, *truth = (self.examples[name][:SHOWN] for name in ("image", "mask", "instance"))
            found = Segmenter(self.network)(image)
            write_columns(
                folder / f"step_{step:06d}.png", shown(image, full_of(image)), coloured(*truth), coloured(*found)
            )


def check_size(size: int, multiple: int, least: int) -> None:
    """Raises StudyError unless tiles of ``size`` px are a ``multiple``, and have ``least`` px at least."""
    if size % multiple or size < least:
        raise StudyError(
            f"tiles of {size} px do not fit this network",
            where="params.yaml: tile.size",
            fix=f"a multiple of {multiple}, at least {least}",
        )


def _check(channels: int, largest: int, network: SegmentationNetwork) -> None:
    if channels != network.channels:
        raise ProductError(
            f"images of {channels} channels, expected {network.channels}",
            where="training data",
            fix="segment images of one stain, with the same channels everywhere",
        )
    if largest > network.classes:
        raise ProductError(
            f"class id {largest} in a mask, expected 0 to {network.classes}",
            where="training data",
            fix="name every class of the mask stain in params.yaml: stains, or number the masks anew",
        )
