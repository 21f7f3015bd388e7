"""Residual networks."""

from typing import Literal

import torch

from pipeline.core.lazy import lazy
from pipeline.core.networks.encoder import Colour, Encoder, Outputs
from pipeline.core.networks.residual import RESNETS
from pipeline.core.networks.weights import describe

with lazy("monai", without="matplotlib"):
    from monai.networks.nets.resnet import ResNet


class ResNetEncoder(Encoder):
    """ResNet-18, -34 or -50 with global average pooling (He et al. 2016).

    Its maps are those of its four stages, at strides of 4, 8, 16 and 32 pixels; with the small stem at 1, 2, 4 and 8.

    Args:
        depth: 18 or 34 (basic blocks) or 50 (bottlenecks).
        width: Channels after the stem; 64 in the paper.
        mean: Per input channel, of the training tiles in [0, 1].
        std: Likewise.
        stem: ``standard``: 7x7 at stride 2 and max-pooling; ``small``, for small tiles: 3x3 alone.
    """

    def __init__(
        self,
        *,
        depth: int,
        width: int,
        mean: Colour,
        std: Colour,
        stem: Literal["standard", "small"] = "standard",
    ) -> None:
        block, layers, expansion = RESNETS[depth]
        widths, small = [width, 2 * width, 4 * width, 8 * width], stem == "small"
        channels = tuple(expansion * width for width in widths)
        config = describe(ResNetEncoder, depth=depth, width=width, mean=list(mean), std=list(std), stem=stem)
        super().__init__(config, channels[-1], channels, mean, std)
        self.strides = (1, 2, 4, 8) if small else (4, 8, 16, 32)
        body = ResNet(
            block,
            layers,
            widths,
            spatial_dims=2,
            n_input_channels=len(mean),
            conv1_t_size=3 if small else 7,
            conv1_t_stride=1 if small else 2,
            no_max_pool=small,
            feed_forward=False,
            bias_downsample=False,
        )
        body.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU
        self.body = body

    def outputs(self, images: torch.Tensor) -> Outputs:
        body, x = self.body, self.standardised(images).contiguous(memory_format=torch.channels_last)
        x = body.act(body.bn1(body.conv1(x)))
        if not body.no_max_pool:
            x = body.maxpool(x)
        maps = []
        for stage in (body.layer1, body.layer2, body.layer3, body.layer4):
            x = stage(x)
            maps.append(x)
        return Outputs(body.avgpool(x).flatten(1), tuple(maps))
