import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.networks.discriminators import PatchGAN
from pipeline.core.networks.generators import UNetGenerator
from pipeline.core.networks.spectral import spectral
from pipeline.core.networks.weights import describe, export_weights
from pipeline.core.translation.translator import Translator

CONFIG = describe(UNetGenerator, width=8, downs=3, dropout=0.0, spectral=True, attention=2)
KINDS = (nn.Conv2d, nn.ConvTranspose2d)


def largest(convolution):
    """The largest singular value of the weight that a convolution uses, unfolded along its output channels."""
    weight = convolution.weight.detach()
    if isinstance(convolution, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    return torch.linalg.matrix_norm(weight.flatten(1), 2).item()


def convolutions(network):
    return [part for part in network.modules() if isinstance(part, KINDS)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_singular_value_is_1_after_30_power_iterations(kind):
    """Of a weight whose values are 3, 2.4, 1.92 and so on: what is left of the second after 30 is 0.8 ** 60."""
    torch.manual_seed(0)
    made = spectral(kind(12, 20, 4))
    with torch.no_grad():
        left, right = (torch.linalg.qr(torch.randn(rows, 20)).Q for rows in (20, 192))
        weight = (left * 3 * 0.8 ** torch.arange(20)) @ right.T
        turned = weight.view(20, 12, 4, 4).transpose(0, 1) if kind is nn.ConvTranspose2d else weight.view(20, 12, 4, 4)
        made.parametrizations.weight.original.copy_(turned)
        for _ in range(30):
            made(torch.zeros(1, 12, 4, 4))
    assert largest(made.eval()) == pytest.approx(1, abs=1e-3)
    assert torch.allclose(made.weight, turned / 3, atol=1e-3)


def test_a_transposed_convolution_is_unfolded_along_its_output_channels():
    torch.manual_seed(0)
    made = spectral(nn.ConvTranspose2d(12, 20, 4))
    assert made.parametrizations.weight[0]._u.shape == (20,)


def test_values_stay_below_1_05_in_the_course_of_a_training():
    torch.manual_seed(0)
    networks = UNetGenerator(8, 3, dropout=0.0, spectral=True, attention=2), PatchGAN(3, 8, "batch", True, 2)
    optimizer = torch.optim.Adam([p for network in networks for p in network.parameters()], 2e-4, (0.5, 0.999))
    for _ in range(5):
        optimizer.zero_grad()
        generator, discriminator = networks
        discriminator(generator(torch.randn(2, 3, 32, 32))).square().mean().backward()
        optimizer.step()
    found = [largest(convolution.eval()) for network in networks for convolution in convolutions(network)]
    assert len(found) == 6 + 3 * 3 + 5 + 3 * 3
    assert 0.9 < min(found) <= max(found) <= 1.05


def test_an_export_answers_as_the_network_did_and_as_often_as_it_is_asked(tmp_path):
    torch.manual_seed(0)
    network = UNetGenerator(**CONFIG["arguments"])
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_()
    for name, parameter in network.named_parameters():
        if name.endswith("mu"):
            nn.init.ones_(parameter)
    network(torch.randn(2, 3, 16, 16))
    export_weights(tmp_path, "generator", network, CONFIG)
    tiles = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    there, loaded = Translator(network), Translator.load(tmp_path)
    expected = there(tiles)
    for _ in range(2):
        assert (loaded(tiles) == expected).all()
    assert (np.concatenate([loaded(tiles[n : n + 1]) for n in range(3)]) == expected).all()
