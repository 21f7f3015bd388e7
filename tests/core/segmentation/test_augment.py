import pytest
import torch

from pipeline.core.segmentation.augment import augmented, recoloured, turned
from pipeline.core.train.share import Share


def batch(count: int = 8) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Images that show the labels, two channels as the ids are."""
    generator = torch.Generator().manual_seed(0)
    mask, instance = torch.randint(0, 5, (2, count, 8, 8), generator=generator)
    return torch.stack([mask, instance], 1).float() / 5, mask, instance


def test_labels_are_turned_as_their_image_is():
    torch.manual_seed(0)
    images, mask, instance = augmented(*batch(64), colour=0.0)
    assert torch.equal(images[:, 0], mask / 5)
    assert torch.equal(images[:, 1], instance / 5)
    assert not torch.equal(mask, batch(64)[1])


def test_the_eight_draws_are_the_eight_views():
    draws = torch.cartesian_prod(*[torch.tensor([False, True])] * 3)
    image = torch.arange(9.0).view(1, 1, 3, 3).expand(8, 1, 3, 3)
    views = {tuple(view.flatten().tolist()) for view in turned(draws, image)}
    expected = {
        tuple(flipped.rot90(quarters).flatten().tolist())
        for flipped in (image[0, 0], image[0, 0].flip(0))
        for quarters in range(4)
    }
    assert views == expected


def test_no_strength_changes_no_value():
    images = batch()[0]
    assert recoloured(images, 0.0) is images


def test_values_change_by_the_strength_and_stay_in_range():
    torch.manual_seed(0)
    images = torch.rand(64, 3, 8, 8)
    weak, strong = ((recoloured(images, strength) - images).abs().mean().item() for strength in (0.2, 1.0))
    assert 0 < 3 * weak < strong < 0.2
    assert 0 <= recoloured(images, 1.0).min() <= recoloured(images, 1.0).max() <= 1


def test_a_dim_camera_is_changed_as_a_bright_one():
    images = torch.rand(16, 1, 8, 8)
    changes = []
    for scale in (1 / 2, 1 / 32):
        torch.manual_seed(3)
        changes.append(recoloured(images * scale, 1.0) / scale)
    assert torch.allclose(changes[0], changes[1], atol=1e-3)


@pytest.mark.parametrize("parts", [2, 4])
def test_ranks_that_share_a_batch_change_it_as_one_does(parts):
    torch.manual_seed(5)
    whole = augmented(*batch(), colour=1.0)
    for part in range(parts):
        generator = torch.Generator().manual_seed(5)
        with Share(part, parts, generator).seen():
            found = augmented(*(stack[part::parts] for stack in batch()), colour=1.0)
        assert all(torch.equal(own, every[part::parts]) for own, every in zip(found, whole, strict=True))
