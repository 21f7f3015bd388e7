"""The losses of an adversarial diffusion, in full precision whatever the answers are in. Pure functions."""

import torch
from torch.nn.functional import softplus


def generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """``-log sigmoid(D(made))``, mean over logits of any shape. Goodfellow et al. 2014, non-saturating."""
    return softplus(-fake.float()).mean()


def discriminator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """``-log sigmoid(D(real)) - log(1 - sigmoid(D(made)))``: 2 log 2 when logits are 0."""
    return softplus(-real.float()).mean() + softplus(fake.float()).mean()


def gradient_penalty(logits: torch.Tensor, images: torch.Tensor, gamma: float) -> torch.Tensor:
    """``gamma / 2 * |gradient of D|^2``, mean over real images. R1, Mescheder et al., ICML 2018.

    Args:
        logits: (B,), each of one of the images.
        images: (B, ...), what the gradient is of; they require one.
        gamma: Weight.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gamma / 2 * gradient.float().square().flatten(1).sum(1).mean()
