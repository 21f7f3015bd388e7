"""Spectral norm: Miyato et al., Spectral Normalization for Generative Adversarial Networks, ICLR 2018."""

from typing import TypeVar

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

M = TypeVar("M", bound=nn.Module)


def spectral(module: M) -> M:
    """Divides the weight of every convolution by its largest singular value, in place.

    The weight is unfolded to a matrix along its output channels, which a transposed convolution has in dimension 1. A
    pass in training improves the estimate of that value by one power iteration; in eval mode nothing changes. Initial
    weights are drawn before: afterwards ``weight`` is computed, and drawing into it does nothing.
    """
    for part in list(module.modules()):
        if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d)):
            spectral_norm(part)
    return module
