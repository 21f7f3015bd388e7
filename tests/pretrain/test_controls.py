import pytest
import torch

from pipeline.pretrain.controls import blank, derangement, shuffled


@pytest.mark.parametrize("count", [2, 3, 64])
def test_no_place_is_kept_and_none_is_lost(count):
    torch.manual_seed(0)
    for _ in range(50):
        order = derangement(count, torch.device("cpu"))
        assert sorted(order.tolist()) == list(range(count))
        assert not (order == torch.arange(count)).any()


def test_derangements_differ():
    torch.manual_seed(0)
    assert not torch.equal(derangement(64, torch.device("cpu")), derangement(64, torch.device("cpu")))


def test_shuffled_images_are_the_batchs_own():
    torch.manual_seed(0)
    images = torch.arange(8.0).view(8, 1, 1, 1)
    assert sorted(shuffled(images).flatten().tolist()) == list(range(8))


def test_blank_is_black():
    assert not blank(torch.rand(2, 3, 4, 4)).any()
