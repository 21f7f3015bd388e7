"""Colours of a view: of light in all its steps, of other pictures by their intensity alone.

A strength scales every amplitude and probability: 1 is the range that is named, 0 changes nothing.
"""

import math

import torch

from pipeline.pretrain.draws import chance, noise, uniform

P_NOISE, P_SOLARISE = 0.3, 0.3
JITTER, HUE, BRIGHTNESS, INTENSITY = 0.4, 0.1, 0.4, 0.2
THRESHOLDS = (0.01, 0.6)
LUMA = (0.299, 0.587, 0.114)
YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
STAYS, COSINE, SINE = torch.tensor(
    [[[1.0, 0, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, 0], [0, 0, -1], [0, 1, 0]]]
)
TURN = torch.linalg.inv(YIQ) @ torch.stack([STAYS, COSINE, SINE]) @ YIQ  # the parts of a rotation in YIQ, in RGB


def fill_zeros(images: torch.Tensor, strength: float = 1.0) -> torch.Tensor:
    """Replaces the exactly black pixels of a random 30 % of the images (B, 3, y, x) by uniform noise, in place."""
    chosen, drawn = noise(images, P_NOISE * strength)
    rows = chosen.nonzero()[:, 0]
    part = images[rows]
    black = part.amax(1, keepdim=True) == 0
    return images.index_copy_(0, rows, part.addcmul_(drawn, black.float()))


def recolour_light(images: torch.Tensor, strength: float = 1.0) -> torch.Tensor:
    """Solarises 30 % of the images (B, 3, y, x) in [0, 1] and changes the colours of all; see :func:`random_colour`."""
    images = solarise(images, random_thresholds(len(images), images.device, strength))
    return recolour(images, *random_colour(images, strength))


def random_thresholds(count: int, device: torch.device, strength: float = 1.0) -> torch.Tensor:
    """Thresholds of solarisation float32 (count,), 0.01 to 0.6; infinite for the images that are left alone."""
    chosen = chance(count, P_SOLARISE * strength, device)
    return torch.where(chosen, uniform(count, *THRESHOLDS, device), math.inf)


def solarise(images: torch.Tensor, threshold: torch.Tensor) -> torch.Tensor:
    """Inverts what is above each image's threshold (B,), in [0, 1]."""
    above = torch.gt(images, threshold.view(-1, 1, 1, 1), out=torch.empty_like(images))
    return above.sub_(images).abs_()  # |1 - x| above, |0 - x| elsewhere: a tenth of the time of torch.where on a CPU


def random_colour(images: torch.Tensor, strength: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Contrast, saturation, hue (a rotation in YIQ) and brightness as one affine map.

    Contrast is about the channel means and like saturation a factor of 1 ± 0.4; hue turns by up to a tenth of the
    circle; brightness shifts all channels by up to 0.4.

    Args:
        images: Float (B, 3, y, x) in [0, 1].
        strength: Of all four.

    Returns:
        Matrices (B, 3, 3) and offsets (B, 3).
    """
    count, device = len(images), images.device
    jitter, brightness = JITTER * strength, BRIGHTNESS * strength
    contrast = uniform(count, 1 - jitter, 1 + jitter, device)
    saturation = uniform(count, 1 - jitter, 1 + jitter, device).view(-1, 1, 1)
    angle = uniform(count, -HUE * strength, HUE * strength, device) * 2 * math.pi
    shift = uniform(count, -brightness, brightness, device)[:, None]
    eye = torch.eye(3, device=device)
    grey = torch.tensor(LUMA, device=device).expand(3, 3)
    mix = hue_matrix(angle) @ (saturation * eye + (1 - saturation) * grey)
    offset = (1 - contrast[:, None]) * images.mean((2, 3))
    return mix * contrast.view(-1, 1, 1), (mix @ offset[:, :, None])[:, :, 0] + shift


def hue_matrix(angle: torch.Tensor) -> torch.Tensor:
    """Rotations (B, 3, 3) of RGB about the grey axis by ``angle`` (B,) radians, luminance kept."""
    stays, cosine, sine = TURN.to(angle.device)
    turned: torch.Tensor = stays + angle.cos().view(-1, 1, 1) * cosine + angle.sin().view(-1, 1, 1) * sine
    return turned


def recolour(images: torch.Tensor, matrix: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """Applies matrices (B, 3, 3) and offsets (B, 3) to the channels; clips to [0, 1]."""
    flat = torch.baddbmm(offset[:, :, None], matrix, images.flatten(2))
    return flat.clamp_(0, 1).view_as(images)


def scale_intensity(images: torch.Tensor, strength: float = 1.0, *, by_channel: bool) -> torch.Tensor:
    """Multiplies each channel, or all channels of an image alike, by a factor of 1 ± 0.2.

    Nothing is added and nothing clipped: zero stays zero, and the ratio of two pixels of a channel stays what it was,
    for a factor goes no further than the brightest pixel can follow.

    Args:
        images: Float (B, c, y, x) in [0, 1].
        strength: Of the factor.
        by_channel: Each channel has a factor of its own.
    """
    count, channels = images.shape[:2]
    shape = (count, channels if by_channel else 1, 1, 1)
    spread = INTENSITY * strength
    factor = uniform(shape, 1 - spread, 1 + spread, images.device)
    brightest = images.amax((2, 3) if by_channel else (1, 2, 3), keepdim=True)
    return (images * torch.minimum(factor, 1 / brightest)).clamp_(max=1)
