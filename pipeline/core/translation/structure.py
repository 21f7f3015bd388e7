"""Structural similarity as a loss: Wang et al., Image Quality Assessment, IEEE TIP 2004; MONAI's, on grey images."""

import torch
from monai.metrics.regression import compute_ssim_and_cs

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue, ITU-R BT.601
WINDOW, DEVIATION = 11, 1.5  # pixels, of the Gaussian


def ssim(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Mean SSIM of the luminances of images, over all windows that lie inside: a scalar, 1 where they are equal.

    11 x 11 Gaussian of deviation 1.5, C1 = 0.01^2, C2 = 0.03^2, weighted variances without a sample's correction; in
    single precision.

    Args:
        one: float (B, 3, H, W) in [-1, 1], of 11 px a side at least.
        other: Of the same shape.
    """
    with torch.autocast(one.device.type, enabled=False):
        values: torch.Tensor
        values, _ = compute_ssim_and_cs(
            luminance(one),
            luminance(other),
            spatial_dims=2,
            kernel_size=(WINDOW, WINDOW),
            kernel_sigma=(DEVIATION, DEVIATION),
        )
    return values.mean()


def dssim(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """``(1 - SSIM) / 2``, in [0, 1]; see :func:`ssim`."""
    return (1 - ssim(one, other)) / 2


def luminance(images: torch.Tensor) -> torch.Tensor:
    """Float (B, 3, H, W) in [-1, 1] to float32 (B, 1, H, W) in [0, 1]."""
    weights = torch.tensor(LUMINANCE, device=images.device).view(1, 3, 1, 1)
    return ((images.float() + 1) / 2 * weights).sum(1, keepdim=True)
