"""Augmentation of images with their labels: batched, on the device, drawn anew for every call."""

import torch

from pipeline.core.train.draws import chance, noise, uniform

# strength 1, about as nnU-Net has it; each acts on a share of the images
SHARE = 0.5
BRIGHTNESS, TINT, CONTRAST, GAMMA, NOISE = 0.25, 0.1, 0.25, 0.3, 0.1
TINY = 1e-6


def augmented(
    images: torch.Tensor, mask: torch.Tensor, instance: torch.Tensor, colour: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One of the eight flips and turns of each image, with its labels, and a change of its values.

    The same whichever ranks share the batch.

    Args:
        images: float32 (B, c, S, S) in [0, 1].
        mask: int64 (B, S, S).
        instance: Likewise.
        colour: See :func:`recoloured`.
    """
    draws = chance((len(images), 3), 0.5, images.device)
    images, labels = turned(draws, images), turned(draws, torch.stack([mask, instance], 1))
    return recoloured(images, colour), labels[:, 0], labels[:, 1]


def turned(draws: torch.Tensor, stack: torch.Tensor) -> torch.Tensor:
    """Flips (B, k, S, S) across where ``draws`` (B, 3) say so, then down, then swaps the axes."""
    across, down, swap = (draws[:, axis].view(-1, 1, 1, 1) for axis in range(3))
    stack = torch.where(across, stack.flip(-1), stack)
    stack = torch.where(down, stack.flip(-2), stack)
    return torch.where(swap, stack.transpose(-1, -2), stack)


def recoloured(images: torch.Tensor, strength: float) -> torch.Tensor:
    """Gamma, contrast, brightness, tint and noise, each of half of the images; black stays black but for the noise.

    All are relative to the values of the image, for a camera of 16 bits seldom fills them.

    Args:
        images: float32 (B, c, y, x) in [0, 1].
        strength: 1: gamma 0.74 to 1.35, contrast and brightness x 0.75 to 1.25, each channel x 0.9 to 1.1, noise of up
            to a tenth of the deviation of the image; 0 leaves them exactly as they are.
    """
    if not strength:
        return images
    count, channels = images.shape[:2]
    device = images.device

    def factor(spread: float, width: int = 1) -> torch.Tensor:
        drawn = uniform((count, width, 1, 1), -spread * strength, spread * strength, device)
        return torch.where(chance((count, 1, 1, 1), SHARE, device), drawn, 0.0)

    brightest = images.amax((1, 2, 3), keepdim=True).clamp(min=TINY)
    images = brightest * (images / brightest) ** factor(GAMMA).exp()
    mean = images.mean((2, 3), keepdim=True)
    images = (mean + (1 + factor(CONTRAST)) * (images - mean)) * (1 + factor(BRIGHTNESS)) * (1 + factor(TINT, channels))
    rows, drawn = noise(images, chance(count, SHARE, device))
    if len(rows):
        spread = NOISE * strength * images[rows].std((1, 2, 3), keepdim=True) * 12**0.5  # of numbers in [0, 1)
        images = images.index_add(0, rows, (drawn - 0.5) * spread)
    return images.clamp(0, 1)
