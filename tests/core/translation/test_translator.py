import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.networks.generators import UNetGenerator
from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import build_network, describe, export_weights
from pipeline.core.translation.noise import TileNoise, tile_seeds
from pipeline.core.translation.translator import Translator, to_images, to_tensor

CONFIG = describe(UNetGenerator, width=4, downs=3)


def tiles(count: int = 3, size: int = 16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def test_tensors_are_x_over_127_5_minus_1():
    made = to_tensor(torch.tensor([[[[0, 255, 51]]]], dtype=torch.uint8))
    assert made.shape == (1, 3, 1, 1)
    assert torch.allclose(made.flatten(), torch.tensor([-1.0, 1.0, -0.6]))


def test_every_grey_level_survives_the_way_there_and_back():
    grey = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1).expand(1, 16, 16, 3)
    assert (to_images(to_tensor(grey)) == grey).all()


def test_values_beyond_the_range_are_clipped():
    assert to_images(torch.tensor([-3.0, 0.0, 3.0]).reshape(1, 3, 1, 1)).flatten().tolist() == [0, 128, 255]


def test_an_exported_network_answers_as_it_did(tmp_path):
    network = normal(build_network(CONFIG))
    export_weights(tmp_path, "generator", network, CONFIG)
    assert (Translator.load(tmp_path)(tiles()) == Translator(network)(tiles())).all()


def test_a_loaded_network_is_on_the_accelerator(tmp_path, monkeypatch):
    export_weights(tmp_path, "generator", normal(build_network(CONFIG)), CONFIG)
    monkeypatch.setattr("pipeline.core.networks.weights.accelerator", lambda: torch.device("meta"))
    assert Translator.load(tmp_path).device.type == "meta"


def test_translation_has_no_dropout_and_does_not_depend_on_the_batch():
    translator = Translator(normal(build_network(CONFIG)))
    whole = translator(tiles())
    assert (whole == translator(tiles(), [1, 2, 3])).all()
    assert (np.concatenate([translator(tiles()[n : n + 1]) for n in range(3)]) == whole).all()


class Sampler(nn.Module):
    """Stands for a diffusion sampler: its answer is noise, drawn in two steps."""

    stochastic = True

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: torch.Tensor, noise: TileNoise) -> torch.Tensor:
        return self.scale * (noise.normal(*x.shape[1:]) + noise.uniform(1, 1, 1)) / 4


def test_the_same_tile_gets_the_same_bytes_whatever_the_batch():
    translator, seeds = Translator(Sampler()), tile_seeds(0, "synthesize", "t", "slide", rows=range(3))
    whole = translator(tiles(), seeds)
    assert (np.concatenate([translator(tiles()[n : n + 1], seeds[n : n + 1]) for n in range(3)]) == whole).all()
    assert (translator(tiles()[[2, 0]], [seeds[2], seeds[0]]) == whole[[2, 0]]).all()
    assert len({image.tobytes() for image in whole}) == 3


def test_the_seeds_decide_what_a_sampler_draws_and_nothing_else_does():
    translator = Translator(Sampler())
    torch.manual_seed(7)
    first = translator(tiles(), [1, 2, 3])
    after = torch.rand(())
    torch.manual_seed(7)
    assert torch.rand(()) == after
    assert (translator(tiles(), [1, 2, 3]) == first).all()
    assert (translator(tiles(), [4, 2, 3]) != first).any(axis=(1, 2, 3)).tolist() == [True, False, False]


def test_a_sampler_without_a_seed_for_every_tile_is_told():
    with pytest.raises(ProductError, match="got 1 seeds for 3 tiles"):
        Translator(Sampler())(tiles(), [1])
