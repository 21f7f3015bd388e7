import pytest
import torch

from pipeline.core.networks.encoder import Outputs
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.evaluate.grad_cam import grad_cam, shares


class Pooling(torch.nn.Module):
    """The map of an image is the image, by four; its features are the means of the channels."""

    def outputs(self, images):
        maps = torch.nn.functional.avg_pool2d(images.requires_grad_(), 4)
        return Outputs(maps.mean((2, 3)), (maps,))


def test_a_score_of_one_channel_is_where_that_channel_is():
    images = torch.zeros(2, 3, 8, 8)
    images[0, 0, :4, :4], images[1, 0, 4:, 4:], images[:, 1] = 1, 1, 0.5
    heat = grad_cam(Pooling(), images, lambda features: features[:, 0])
    assert heat.sum((1, 2)).tolist() == pytest.approx([1, 1])
    assert heat[0, 0, 0] == heat[0].max() == heat[1, 7, 7] == heat[1].max() > 0
    assert heat[0, 7, 7] == heat[1, 0, 0] == 0


def test_what_speaks_against_a_score_is_cut_off():
    images = torch.ones(1, 3, 8, 8)
    heat = grad_cam(Pooling(), images, lambda features: -features[:, 0])
    assert torch.allclose(heat, torch.full((1, 8, 8), 1 / 64))


def test_features_that_do_not_come_of_the_map_have_none():
    class Apart(Pooling):
        def outputs(self, images):
            features, (maps,) = super().outputs(images)
            return Outputs(features, (maps * 1,))

    assert grad_cam(Apart(), torch.ones(2, 3, 8, 8), lambda features: features[:, 0]).isnan().all()


def test_shares_of_a_map_are_those_of_its_pixels():
    heat = shares(torch.tensor([[[1.0, -5.0], [0.0, 1.0]]]), (2, 2))
    assert heat.tolist() == [[[0.5, 0], [0, 0.5]]]


def test_a_frozen_residual_network_is_looked_into_without_leaving_gradients():
    encoder = ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3).eval()
    with torch.no_grad():
        heat = grad_cam(encoder, torch.rand(2, 3, 64, 64), lambda features: features.sum(1))
    assert heat.shape == (2, 64, 64)
    assert not heat.requires_grad
    assert all(parameter.grad is None for parameter in encoder.parameters())
