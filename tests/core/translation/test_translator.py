import numpy as np
import torch
from torch import nn

from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import build_network, export_weights
from pipeline.core.translation.translator import Translator, to_images, to_tensor

CONFIG = {"network": "generators:UNetGenerator", "arguments": {"width": 4, "downs": 3}}


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
    assert (whole == translator(tiles(), seed=1)).all()
    assert (np.concatenate([translator(tiles()[n : n + 1]) for n in range(3)]) == whole).all()


class Sampler(nn.Module):
    """Stands for a diffusion sampler: its answer is noise."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * torch.randn_like(x)


def test_the_seed_decides_what_a_sampler_draws_and_nothing_else_does():
    translator = Translator(Sampler())
    torch.manual_seed(7)
    first = translator(tiles(), seed=1)
    after = torch.rand(())
    torch.manual_seed(7)
    assert torch.rand(()) == after
    assert (translator(tiles(), seed=1) == first).all()
    assert (translator(tiles(), seed=2) != first).any()
