"""Adversarial losses, in full precision whatever the answers are in, and the pool of past fakes."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce


def lsgan_generator(fake: torch.Tensor) -> torch.Tensor:
    """``(D(G(x)) - 1)^2``, mean over answers of any shape. Mao et al. 2017."""
    return (fake.float() - 1).square().mean()


def lsgan_discriminator(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """``((D(y) - 1)^2 + D(G(x))^2) / 2``: 0 when perfect, 0.25 when D says one half everywhere."""
    return ((real.float() - 1).square().mean() + fake.float().square().mean()) / 2


def lsgan_bounded(real: torch.Tensor, fake: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """``((D(x) - 1)^2 + D(F(y))^2 + D(y)^2) / 3``: what the fakes are made of is no more of the domain than they are.

    The discriminator boundary control of SAASN. No generator acts on the answers to ``other``, so none has a gradient.
    """
    return ((real.float() - 1).square().mean() + fake.float().square().mean() + other.float().square().mean()) / 3


def bce_generator(fake: torch.Tensor) -> torch.Tensor:
    """``-log sigmoid(D(G(x)))``, mean over logits of any shape. Goodfellow et al. 2014, non-saturating."""
    fake = fake.float()
    return bce(fake, torch.ones_like(fake))


def bce_discriminator(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Mean of ``-log sigmoid(D(y))`` and ``-log(1 - sigmoid(D(G(x))))``: log 2 when logits are 0."""
    real, fake = real.float(), fake.float()
    return (bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))) / 2


class ImagePool(nn.Module):
    """Shows a discriminator past fakes half of the time (Shrivastava et al. 2017).

    The images are buffers, so that a resumed run goes on with the same pool. Of several ranks each has its own.

    Args:
        capacity: Images held; 0 passes everything through.
        shape: (C, H, W) of an image.
    """

    images: torch.Tensor
    count: torch.Tensor

    def __init__(self, capacity: int, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.register_buffer("images", torch.zeros(capacity, *shape))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Keeps every image while there is room; then, with p = 1/2, hands out a stored one in its stead.

        Args:
            images: (B, C, H, W) without gradient.
        """
        capacity = len(self.images)
        if not capacity:
            return images
        out = []
        for image in images:
            if self.count < capacity:
                self.images[int(self.count)] = image
                self.count += 1
                out.append(image)
            elif torch.rand(()) < 0.5:
                place = int(torch.randint(capacity, ()))
                out.append(self.images[place].clone())
                self.images[place] = image
            else:
                out.append(image)
        return torch.stack(out)
