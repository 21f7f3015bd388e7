import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from pipeline.core.translation.structure import LUMINANCE, dssim, luminance, ssim


@pytest.fixture
def images():
    """Two blurred, related images: float (2, 3, 32, 40) in [-1, 1] each."""
    draw = torch.Generator().manual_seed(0)
    one = torch.nn.functional.avg_pool2d(torch.randn(2, 3, 36, 44, generator=draw), 5, 1).mul(3).clamp(-1, 1)
    return one, (one + 0.3 * torch.randn(one.shape, generator=draw)).clamp(-1, 1)


def test_an_image_is_like_itself(images):
    assert ssim(images[0], images[0]) == 1
    assert dssim(images[0], images[0]) == 0


def test_a_negative_is_unlike_and_the_loss_stays_within_0_and_1(images):
    one, other = images
    found = [dssim(one, b).item() for b in (other, -one, -other, torch.zeros_like(one), torch.rand_like(one) * 2 - 1)]
    assert all(0 <= value <= 1 for value in found)
    assert found[1] > 0.7 > 0.5 > found[0] > 0


def test_a_change_of_hue_that_keeps_luminance_changes_nothing(images):
    weights = torch.tensor(LUMINANCE)
    hue = torch.linalg.cross(weights, torch.tensor([0.2, 0.5, -1.0]))
    turned = images[0] + 0.3 * (hue / hue.norm()).view(1, 3, 1, 1) * torch.rand(2, 1, 32, 40)
    assert (turned - images[0]).abs().max() > 0.2
    assert dssim(turned, images[0]).item() == pytest.approx(0, abs=1e-5)
    assert ssim(turned, images[1]).item() == pytest.approx(ssim(*images).item(), abs=1e-5)


def test_it_is_the_gaussian_ssim_of_scikit_image(images):
    grey = (luminance(image)[:, 0].double().numpy() for image in images)
    known = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    expected = np.mean([structural_similarity(a, b, **known) for a, b in zip(*grey, strict=True)])
    assert ssim(*images).item() == pytest.approx(expected, abs=1e-5)


def test_luminance_is_in_unit_range():
    colours = torch.tensor([[1.0, 1, 1], [-1, -1, -1], [1, -1, -1], [-1, 1, -1]]).view(4, 3, 1, 1)
    assert luminance(colours).flatten().tolist() == pytest.approx([1, 0, 0.299, 0.587])


def test_flat_images_differ_by_their_luminance_alone():
    """(2 m n + C1) / (m^2 + n^2 + C1) at 0.5 and 0.25."""
    one, other = torch.zeros(1, 3, 16, 16), torch.full((1, 3, 16, 16), -0.5)
    assert ssim(one, other).item() == pytest.approx((2 * 0.125 + 1e-4) / (0.3125 + 1e-4), abs=2e-4)


def test_it_has_a_gradient_and_stays_in_single_precision(images):
    one, other = images[0].clone().requires_grad_(), images[1]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = dssim(one, other)
    assert loss.item() == dssim(one, other).item()
    loss.backward()
    assert one.grad.abs().sum() > 0
    better = dssim((one - 20 * one.grad).detach(), other)
    assert better < loss
