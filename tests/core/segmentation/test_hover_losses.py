import pytest
import torch
from monai.apps.pathology.losses import HoVerNetLoss

from pipeline.core.diffusion.conditions import one_hot
from pipeline.core.segmentation.hover_losses import distance_errors, entropy_and_dice, gradients

GENERATOR = torch.Generator().manual_seed(0)
SLOPE = sum(
    x * x / (x * x + y * y) for x in (-2, -1, 1, 2) for y in range(-2, 3)
)  # of the kernel, on a map that rises by 1


def ramp(across: float, down: float, side: int = 9) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return torch.stack([across * x, down * y])[None].float()


def test_the_gradient_of_a_ramp_is_its_slope_times_that_of_the_published_kernel():
    found = gradients(ramp(1.0, -0.5))[0, :, 2:-2, 2:-2]
    assert found[0].flatten().tolist() == pytest.approx([SLOPE] * 25)
    assert found[1].flatten().tolist() == pytest.approx([-0.5 * SLOPE] * 25)


def test_each_map_is_derived_along_its_own_axis():
    maps = ramp(1.0, 1.0)
    assert gradients(maps.transpose(2, 3))[0, :, 2:-2, 2:-2].abs().max() < 1e-4


def test_errors_of_slopes_count_inside_objects_alone():
    inside = torch.zeros(1, 9, 9, dtype=torch.bool)
    inside[0, 3:6, 3:6] = True
    distance, slope = distance_errors(ramp(1.0, 0.0), torch.zeros(1, 2, 9, 9), inside)
    assert slope.item() == pytest.approx(SLOPE**2 / 2)  # of two maps, one has an error
    assert distance.item() == pytest.approx(sum(x * x for x in range(9)) / 9 / 2)
    assert distance_errors(ramp(1.0, 0.0), torch.zeros(1, 2, 9, 9), inside & False)[1].item() == 0


def test_dice_is_summed_over_channels_and_the_background_is_one():
    mask = torch.tensor([[[0, 0], [1, 1]]])
    _, dice = entropy_and_dice(torch.zeros(1, 2, 2, 2), mask)
    assert dice.item() == pytest.approx(2 * (1 - 2.001 / 4.001), abs=1e-6)


def test_all_terms_but_that_of_slopes_are_those_of_monai():
    """Theirs scales the kernel of slopes, and takes other numbers for it, than was published."""
    found = {
        name: torch.randn(2, k, 16, 16, generator=GENERATOR)
        for name, k in (("nucleus", 2), ("hover", 2), ("classes", 4))
    }
    mask = torch.randint(0, 4, (2, 16, 16), generator=GENERATOR)
    truth = torch.randn(2, 2, 16, 16, generator=GENERATOR)
    theirs = HoVerNetLoss(lambda_hv_mse_grad=0.0)(
        {
            "nucleus_prediction": found["nucleus"],
            "horizontal_vertical": found["hover"],
            "type_prediction": found["classes"],
        },
        {
            "nucleus_prediction": one_hot((mask > 0).long(), 1),
            "horizontal_vertical": truth,
            "type_prediction": one_hot(mask, 3),
        },
    )
    distance, _ = distance_errors(found["hover"], truth, mask > 0)
    ours = sum(entropy_and_dice(found["nucleus"], (mask > 0).long())) + sum(entropy_and_dice(found["classes"], mask))
    assert (ours + 2 * distance).item() == pytest.approx(theirs.item(), rel=1e-5)
