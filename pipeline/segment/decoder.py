"""A light decoder on a frozen encoder: what its features tell of single pixels."""

import torch

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.networks.dense_decoder import DenseDecoder
from pipeline.core.networks.encoder import Encoder
from pipeline.core.networks.weights import describe
from pipeline.core.segmentation.learner import Optimizer, SegmentationLearner
from pipeline.core.segmentation.losses import dice_and_entropy
from pipeline.core.segmentation.network import LEAST
from pipeline.core.train.distribution import ranks
from pipeline.core.train.learner import Losses


class DecoderLearner(SegmentationLearner[DenseDecoder]):
    """Learns the decoder by Dice and cross entropy; the encoder stays what it is.

    Args:
        size: Side of a tile.
        channels: Of an image.
        classes: With ids from 1.
        lr: Base learning rate.
        encoder: With its weights, on the CPU.
        width: See :class:`DenseDecoder`.
        least: Pixels of an object.
        colour: See :class:`SegmentationLearner`; likewise ``optimizer`` and ``weight_decay``.

    Raises:
        ProductError: The encoder takes images of another number of channels.
        StudyError: See :class:`DenseDecoder`.
    """

    def __init__(
        self,
        *,
        size: int,
        channels: int,
        classes: int,
        lr: float,
        encoder: Encoder,
        width: int = 64,
        least: int = LEAST,
        colour: float = 1.0,
        optimizer: Optimizer = "adamw",
        weight_decay: float = 0.0,
    ) -> None:
        known = {"encoder": encoder.config, "classes": classes, "width": width, "least": least}
        network = DenseDecoder.unset(**known)
        if network.channels != channels:
            raise ProductError(
                f"the encoder takes images of {network.channels} channels, these have {channels}",
                where="params.yaml: segment.arms: encoder",
                fix="use an encoder of such images",
            )
        network.encoder.load_state_dict(encoder.state_dict())
        super().__init__(
            network,
            describe(DenseDecoder, **known),
            lr=lr,
            colour=colour,
            optimizer=optimizer,
            weight_decay=weight_decay,
        )

    def losses(self, images: torch.Tensor, mask: torch.Tensor, instance: torch.Tensor) -> Losses:
        """Raises StudyError where the coarsest map of the whole batch is a single number: a norm knows no deviation."""
        if len(images) * ranks() == 1 and max(images.shape[2:]) <= self.network.shrunk:
            raise StudyError(
                f"a batch of one tile of {images.shape[-1]} px, of which the encoder's coarsest map is one pixel",
                where="params.yaml: segment: batch",
                fix="set batch to 2 or more",
            )
        terms = dice_and_entropy(self.network(images), mask)
        return {**terms, "total": terms["dice"] + terms["entropy"]}
