"""HoVer-Net: Graham et al., HoVer-Net: Simultaneous segmentation and classification of nuclei, MedIA 2019."""

import torch

from pipeline.core.errors import StudyError
from pipeline.core.networks.hovernet import SMOOTH, HoVerNet
from pipeline.core.networks.weights import describe
from pipeline.core.segmentation.hover_losses import distance_errors, entropy_and_dice
from pipeline.core.segmentation.hover_maps import hover_maps
from pipeline.core.segmentation.learner import SegmentationLearner, check_size
from pipeline.core.segmentation.network import LEAST
from pipeline.core.train.learner import Losses

DISTANCE = 2.0  # weight of the squared error of HoVer maps; that of all other terms is 1
SLOWER = 0.1  # factor on the learning rate in the second half of each phase
MULTIPLE, SMALLEST = 8, 16  # pixels of a tile
GROUPS = 8  # what the width is a multiple of


class HoVerNetLearner(SegmentationLearner[HoVerNet]):
    """Learns nuclei, their HoVer maps and their classes, in two phases: first the branches, then all of it.

    Args:
        size: Side of a tile.
        channels: Of an image.
        classes: With ids from 1.
        lr: Base learning rate, of Adam; 1e-4 in the paper.
        width: See :class:`HoVerNet`; 64 in the paper.
        first: Share of the training that is the first phase: 0.5 in the paper, whose encoder knows ImageNet; 0 for one
            that starts from nothing.
        smooth: See :class:`HoVerNet`.
        least: Pixels of a nucleus.
        colour: See :class:`SegmentationLearner`.
    """

    unused = True  # the encoder, in the first phase

    def __init__(
        self,
        *,
        size: int,
        channels: int,
        classes: int,
        lr: float,
        width: int = 64,
        first: float = 0.0,
        smooth: float = SMOOTH,
        least: int = LEAST,
        colour: float = 1.0,
    ) -> None:
        check_size(size, MULTIPLE, SMALLEST)
        if width % GROUPS:
            fix = f"a multiple of {GROUPS}"
            raise StudyError(f"a HoVer-Net of width {width}", where="params.yaml: segment.arms: options", fix=fix)
        known = {"channels": channels, "classes": classes, "width": width, "smooth": smooth, "least": least}
        network = HoVerNet(**known)  # type: ignore[arg-type]
        super().__init__(network, describe(HoVerNet, **known), lr=lr, colour=colour)
        self.first = first

    def rate(self, progress: float) -> float:
        """1 in the first half of each phase, 0.1 in its second."""
        start, end = (0.0, self.first) if progress < self.first else (self.first, 1.0)
        return 1.0 if progress < (start + end) / 2 else SLOWER

    def before_step(self, progress: float) -> None:
        self.network.frozen = progress < self.first

    def losses(self, images: torch.Tensor, mask: torch.Tensor, instance: torch.Tensor) -> Losses:
        found = self.network(images)
        terms = dict[str, torch.Tensor]()
        terms["nucleus_entropy"], terms["nucleus_dice"] = entropy_and_dice(found["nucleus"], (mask > 0).long())
        terms["class_entropy"], terms["class_dice"] = entropy_and_dice(found["classes"], mask)
        terms["distance"], terms["slope"] = distance_errors(found["hover"], hover_maps(instance), instance > 0)
        total = torch.stack(list(terms.values())).sum() + (DISTANCE - 1) * terms["distance"]
        return {**terms, "total": total}
