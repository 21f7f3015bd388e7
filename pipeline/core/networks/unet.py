"""nnU-Net's network: Isensee et al., nnU-Net: a self-configuring method, Nature Methods 2021. MONAI's DynUNet."""

import torch
from monai.networks.nets.dynunet import DynUNet
from torch import nn

from pipeline.core.segmentation.network import LEAST, SegmentationNetwork

WIDEST = 512  # channels
COARSEST = 4  # pixels of a side of the coarsest map, at least
TINY = 1e-6  # variance of a channel that never varies


class UNet(SegmentationNetwork):
    """A U-Net of strided convolutions, instance norm and leaky ReLU.

    Values are standardised by the mean and variance of each channel: those of the batch in training, and in use the
    means of these over all batches, so that what differs from batch to batch is no part of the variance.

    Args:
        channels: Of its images.
        classes: With ids from 1.
        width: Channels of the finest maps, 32 in nnU-Net; they double with every level, up to 512.
        downs: Levels; see :func:`plan`.
        deep: Coarser maps are judged too, in training.
        least: See :class:`SegmentationNetwork`.
    """

    def __init__(
        self, *, channels: int, classes: int, width: int, downs: int, deep: bool = False, least: int = LEAST
    ) -> None:
        super().__init__(channels=channels, classes=classes, multiple=2**downs, least=least)
        strides = [1] + [2] * downs
        self.standard = nn.BatchNorm2d(channels, eps=TINY, momentum=None, affine=False)
        self.body = DynUNet(
            spatial_dims=2,
            in_channels=channels,
            out_channels=classes + 1,
            kernel_size=[3] * len(strides),
            strides=strides,
            upsample_kernel_size=strides[1:],
            filters=[min(width << level, WIDEST) for level in range(len(strides))],
            deep_supervision=deep,
            deep_supr_num=downs - 1,
        )
        del self.body.skip_layers  # the same layers by other names, which would be written twice
        self.deep = deep

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Logits (B, classes + 1, y, x) of float (B, c, y, x) in [0, 1]; with ``deep`` those at 1/2, 1/4, ... too."""
        body = self.body
        skips = [body.input_block(self.standard(images))]
        for down in body.downsamples:
            skips.append(down(skips[-1]))
        x, maps = body.bottleneck(skips[-1]), list[torch.Tensor]()
        for up, skip in zip(body.upsamples, reversed(skips), strict=True):
            x = up(x, skip)
            maps.insert(0, x)
        heads = [body.output_block, *(body.deep_supervision_heads if self.deep and self.training else ())]
        return [head(found) for head, found in zip(heads, maps, strict=False)]

    def maps(self, images: torch.Tensor) -> torch.Tensor:
        """Probabilities of background and classes."""
        shares: torch.Tensor = self(images)[0].float().softmax(1)
        return shares


def plan(size: int) -> int:
    """How often tiles of ``size`` px are halved: until a side has 4 to 7 px, or is odd."""
    downs = 0
    while size % 2 == 0 and size >= 2 * COARSEST:
        size, downs = size // 2, downs + 1
    return downs
