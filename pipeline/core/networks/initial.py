"""Initial weights."""

from typing import TypeVar

from torch import nn

M = TypeVar("M", bound=nn.Module)
DEVIATION = 0.02


def normal(module: M) -> M:
    """Convolutions N(0, 0.02), scales of norms N(1, 0.02), biases 0; as the GANs of Radford et al. 2016."""
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(part.weight, 0.0, DEVIATION)
        elif isinstance(part, nn.BatchNorm2d) or (isinstance(part, nn.InstanceNorm2d) and part.affine):
            nn.init.normal_(part.weight, 1.0, DEVIATION)
        else:
            continue
        if part.bias is not None:
            nn.init.zeros_(part.bias)
    return module


def zero(convolution: nn.Conv2d) -> nn.Conv2d:
    """The convolution, whose answer is 0 until it has learned: a block that ends in it begins as its skip."""
    nn.init.zeros_(convolution.weight)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return convolution
