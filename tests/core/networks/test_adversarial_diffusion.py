"""Four-step sampling."""

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.networks.adversarial_diffusion import AdversarialDiffusion
from pipeline.core.networks.weights import describe, export_weights
from pipeline.core.translation.noise import TileNoise
from pipeline.core.translation.pixels import Pixels
from pipeline.core.translation.translator import Translator

RGB, SIXTEEN = Pixels().config(), Pixels("uint16", 2, 4095).config()
SMALL = {
    "source": RGB, "target": RGB, "steps": 4, "width": 8, "mult": [1, 2], "blocks": 1, "attention": [1],
    "latent": 4, "style": 8,
}  # fmt: skip


def make(**changes) -> AdversarialDiffusion:
    torch.manual_seed(0)
    network = AdversarialDiffusion(**{**SMALL, **changes})
    for parameter in network.parameters():
        nn.init.normal_(parameter, 0, 0.1)
    return network.eval()


def tiles(count: int = 5) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)


class Oracle(nn.Module):
    """Says what the truth is, whatever it is shown."""

    def __init__(self, truth: torch.Tensor) -> None:
        super().__init__()
        self.truth, self.asked = truth, list[list[int]]()

    def forward(self, x: torch.Tensor, t: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        self.asked.append(t.tolist())
        return self.truth


def test_an_oracle_s_truth_is_what_sampling_returns() -> None:
    network, truth = make(), torch.rand(2, 3, 16, 16) * 2 - 1
    network.network = Oracle(truth)
    made = network(torch.zeros(2, 3, 16, 16), TileNoise([1, 2]))
    assert torch.equal(made, truth)
    assert network.network.asked == [[4, 4], [3, 3], [2, 2], [1, 1]]


def test_states_on_the_way_have_the_variance_of_the_marginals() -> None:
    """With an oracle of data of variance 1, every state that the network is shown has variance 1."""
    network, seen = make(), list[float]()
    truth = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))

    class Watching(Oracle):
        def forward(self, x, t, z):
            seen.append(x[:, :3].var().item())
            return super().forward(x, t, z)

    network.network = Watching(truth)
    network(torch.zeros(8, 3, 32, 32), TileNoise(range(8)))
    assert seen == pytest.approx([1, 1, 1, 1], abs=0.02)


def test_the_same_tile_gives_the_same_view_whatever_the_batch() -> None:
    translator, seeds = Translator(make()), list(range(10, 15))
    together = translator(tiles(), seeds)
    alone = np.concatenate([translator(tiles()[i : i + 1], seeds[i : i + 1]) for i in range(5)])
    turned = translator(tiles()[::-1].copy(), seeds[::-1])[::-1]
    for other in (alone, turned):
        np.testing.assert_array_equal(together, other)
    assert (translator(tiles(), [seed + 1 for seed in seeds]) != together).mean() > 0.1


def test_an_exported_one_says_its_pixels_and_answers_alike(tmp_path) -> None:
    network = make(target=SIXTEEN)
    export_weights(tmp_path, "generator", network, describe(AdversarialDiffusion, **{**SMALL, "target": SIXTEEN}))
    translator = Translator.load(tmp_path)
    assert (translator.source, translator.target) == (Pixels(), Pixels("uint16", 2, 4095))
    made = translator(tiles(), range(5))
    assert (made.dtype, made.shape) == (np.uint16, (5, 16, 16, 2))
    assert 255 < made.max() <= 4095
    assert (made == Translator(network)(tiles(), range(5))).all()


def test_other_pixels_than_it_reads_are_told() -> None:
    with pytest.raises(ProductError, match=r"expected tiles of uint16 \(y, x, 2\), found uint8"):
        Translator(make(source=SIXTEEN))(tiles(), range(5))
    with pytest.raises(ProductError, match="got 0 seeds for 5 tiles"):
        Translator(make())(tiles())
