import pytest
import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from pipeline.core.networks.attention import SelfAttention
from pipeline.core.networks.discriminators import PatchGAN


def test_receptive_field_is_70_by_gradient_support():
    discriminator = PatchGAN(3, 4, "instance")
    for name, part in list(discriminator.layers.named_modules()):
        if isinstance(part, nn.InstanceNorm2d):  # it sees the whole image; the geometry is the convolutions'
            parent = discriminator.layers.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], nn.Identity())
    image = torch.randn(1, 3, 256, 256, requires_grad=True)
    discriminator(image)[0, 0, 15, 15].backward()
    touched = image.grad[0].abs().sum(0).nonzero()
    low, high = touched.min(0).values, touched.max(0).values
    assert (high - low + 1).tolist() == [70, 70]


@pytest.mark.parametrize(("size", "patches"), [(256, 30), (64, 6)])
def test_one_answer_per_patch(size, patches):
    assert PatchGAN(6, 4, "batch")(torch.randn(2, 6, size, size)).shape == (2, 1, patches, patches)


@pytest.mark.parametrize(("norm", "kind"), [("instance", nn.InstanceNorm2d), ("batch", nn.BatchNorm2d)])
def test_three_of_five_convolutions_are_normed(norm, kind):
    discriminator = PatchGAN(3, 4, norm)
    assert sum(isinstance(part, kind) for part in discriminator.modules()) == 3
    assert sum(isinstance(part, nn.Conv2d) for part in discriminator.modules()) == 5


def test_blocks_attend_whose_maps_were_halved_often_enough():
    discriminator = PatchGAN(3, 4, "batch", spectral=True, attention=2)
    found = [part.value.out_channels for part in discriminator.modules() if isinstance(part, SelfAttention)]
    assert found == [8, 16, 32]  # the last block halves nothing, and its map was halved three times
    assert discriminator(torch.randn(2, 3, 64, 64)).shape == (2, 1, 6, 6)
    assert all(is_parametrized(part) for part in discriminator.modules() if isinstance(part, nn.Conv2d))
