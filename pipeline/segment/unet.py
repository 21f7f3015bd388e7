"""A U-Net as nnU-Net plans and trains it: Isensee et al., Nature Methods 2021."""

import torch

from pipeline.core.networks.unet import UNet, plan
from pipeline.core.networks.weights import describe
from pipeline.core.segmentation.learner import Optimizer, SegmentationLearner, check_size
from pipeline.core.segmentation.losses import dice_and_entropy
from pipeline.core.segmentation.network import LEAST
from pipeline.core.train.learner import Losses

FEWEST = 2  # levels


class UNetLearner(SegmentationLearner[UNet]):
    """Dice and cross entropy, of coarser maps too where supervision is deep.

    Args:
        size: Side of a tile.
        channels: Of an image.
        classes: With ids from 1.
        lr: Base learning rate; 1e-2 with SGD in nnU-Net.
        width: See :class:`UNet`; 32 in nnU-Net.
        deep: Likewise; true in nnU-Net.
        least: Pixels of an object.
        colour: See :class:`SegmentationLearner`; likewise ``optimizer`` and ``weight_decay``.
    """

    def __init__(
        self,
        *,
        size: int,
        channels: int,
        classes: int,
        lr: float,
        width: int = 32,
        deep: bool = False,
        least: int = LEAST,
        colour: float = 1.0,
        optimizer: Optimizer = "adamw",
        weight_decay: float = 0.0,
    ) -> None:
        downs = plan(size)
        check_size(size, 2 ** max(downs, FEWEST), 4 << FEWEST)
        known = {"channels": channels, "classes": classes, "width": width, "downs": downs, "deep": deep, "least": least}
        network, config = UNet(**known), describe(UNet, **known)  # type: ignore[arg-type]
        super().__init__(network, config, lr=lr, colour=colour, optimizer=optimizer, weight_decay=weight_decay)

    def losses(self, images: torch.Tensor, mask: torch.Tensor, instance: torch.Tensor) -> Losses:
        """Each coarser map counts half of the one before; truth is taken from every 2nd, 4th, ... pixel."""
        terms, total = list[Losses](), 0.0
        found = self.network(images)
        for level, logits in enumerate(found):
            terms.append(dice_and_entropy(logits, mask[:, :: 2**level, :: 2**level]))
            total = total + (terms[-1]["dice"] + terms[-1]["entropy"]) / 2**level
        whole = sum(0.5**level for level in range(len(found)))
        return {**terms[0], "total": torch.as_tensor(total / whole)}
