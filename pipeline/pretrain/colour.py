"""Colours of a view: of light in all its steps, of other pictures by their intensity alone."""

import math

import torch

from pipeline.core.train.draws import chance, noise, uniform
from pipeline.pretrain.policy import Policy

LUMA = (0.299, 0.587, 0.114)
YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))
STAYS, COSINE, SINE = torch.tensor(
    [[[1.0, 0, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, 0], [0, 0, -1], [0, 1, 0]]]
)
TO_YIQ = torch.tensor(YIQ)
TURN = torch.linalg.inv(TO_YIQ) @ torch.stack([STAYS, COSINE, SINE]) @ TO_YIQ  # parts of a rotation in YIQ, in RGB


def fill_zeros(images: torch.Tensor, share: float) -> torch.Tensor:
    """Replaces the exactly black pixels of a random ``share`` of images (B, 3, y, x) by uniform noise."""
    black = images.amax(1, keepdim=True) == 0
    rows, drawn = noise(images, chance(len(images), share, images.device) & black.flatten(1).any(1))
    return images.index_copy(0, rows, torch.where(black[rows], drawn, images[rows])) if len(rows) else images


def recolour_light(images: torch.Tensor, policy: Policy) -> torch.Tensor:
    """Solarises some of the images (B, 3, y, x) in [0, 1] and changes their colours; see :func:`random_colour`."""
    if policy.solarise:
        images = solarise(images, random_thresholds(len(images), images.device, policy))
    return recolour(images, *random_colour(images, policy))


def random_thresholds(count: int, device: torch.device, policy: Policy) -> torch.Tensor:
    """Thresholds of solarisation float32 (count,); infinite for the images that are left alone."""
    chosen = chance(count, policy.solarise, device)
    return torch.where(chosen, uniform(count, *policy.thresholds, device), math.inf)


def solarise(images: torch.Tensor, threshold: torch.Tensor) -> torch.Tensor:
    """Inverts what is above each image's threshold (B,), in [0, 1]."""
    above = torch.gt(images, threshold.view(-1, 1, 1, 1), out=torch.empty_like(images))
    return above.sub_(images).abs_()  # |1 - x| above, |0 - x| elsewhere: a tenth of the time of torch.where on a CPU


def random_colour(images: torch.Tensor, policy: Policy) -> tuple[torch.Tensor, torch.Tensor]:
    """Contrast, saturation, hue (a rotation in YIQ), light and brightness as one affine map.

    Args:
        images: Float (B, 3, y, x) in [0, 1].
        policy: How far each may go.

    Returns:
        Matrices (B, 3, 3) and offsets (B, 3).
    """
    count, device = len(images), images.device

    def factor(spread: float) -> torch.Tensor:
        return uniform(count, 1 - spread, 1 + spread, device)

    contrast, saturation = factor(policy.contrast), factor(policy.saturation).view(-1, 1, 1)
    angle = uniform(count, -policy.hue, policy.hue, device) * 2 * math.pi
    shift = uniform(count, -policy.brightness, policy.brightness, device)[:, None]
    eye = torch.eye(3, device=device)
    grey = torch.tensor(LUMA, device=device).expand(3, 3)
    mix = hue_matrix(angle) @ (saturation * eye + (1 - saturation) * grey)
    if policy.light:
        mix = mix * factor(policy.light).view(-1, 1, 1)
    offset = (mix @ ((1 - contrast[:, None]) * images.mean((2, 3)))[:, :, None])[:, :, 0] + shift
    matrix = mix * contrast.view(-1, 1, 1)
    if policy.jitter < 1:
        changed = chance(count, policy.jitter, device).float()[:, None]
        offset, matrix = offset * changed, torch.lerp(eye, matrix, changed[:, :, None])
    return matrix, offset


def hue_matrix(angle: torch.Tensor) -> torch.Tensor:
    """Rotations (B, 3, 3) of RGB about the grey axis by ``angle`` (B,) radians, luminance kept."""
    stays, cosine, sine = TURN.to(angle.device)
    turned: torch.Tensor = stays + angle.cos().view(-1, 1, 1) * cosine + angle.sin().view(-1, 1, 1) * sine
    return turned


def recolour(images: torch.Tensor, matrix: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """Applies matrices (B, 3, 3) and offsets (B, 3) to the channels; clips to [0, 1]."""
    flat = torch.baddbmm(offset[:, :, None], matrix, images.flatten(2))
    return flat.clamp_(0, 1).view_as(images)


def scale_intensity(images: torch.Tensor, spread: float, *, by_channel: bool) -> torch.Tensor:
    """Multiplies each channel, or all channels of an image alike, by a factor of 1 ± ``spread``.

    Nothing is added and nothing clipped: zero stays zero, and the ratio of two pixels of a channel stays what it was,
    for a factor goes no further than the brightest pixel can follow.

    Args:
        images: Float (B, c, y, x) in [0, 1].
        spread: Of the factor.
        by_channel: Each channel has a factor of its own.
    """
    count, channels = images.shape[:2]
    shape = (count, channels if by_channel else 1, 1, 1)
    factor = uniform(shape, 1 - spread, 1 + spread, images.device)
    brightest = images.amax((2, 3) if by_channel else (1, 2, 3), keepdim=True)
    return (images * torch.minimum(factor, 1 / brightest)).clamp_(max=1)
