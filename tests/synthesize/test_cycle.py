import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.translation.translator import Translator
from pipeline.synthesize.cycle import cycle_errors
from tests.synthesize.conftest import TILES, Scale, tissue


def test_a_way_there_and_back_that_is_exact_has_no_error_and_no_jump_but_the_noise():
    errors = cycle_errors(Translator(Scale(-1.0)), Translator(Scale(-1.0)), tissue(0), seeds=range(TILES))
    assert errors["cycle"] == 0
    assert errors["cycle_uint8"] < 1e-7
    # mean |N(0, 2)| grey levels
    assert errors["cycle_noise"] == pytest.approx(2 * np.sqrt(2 / np.pi) / 255, rel=0.02)
    assert errors["cycle_jump"] == errors["cycle_noise"]


def test_a_source_hidden_below_one_grey_level_is_found():
    """The way there shrinks contrast by 1000 into 0.13 grey levels; the way back blows it up again."""
    errors = cycle_errors(Translator(Scale(1e-3)), Translator(Scale(1e3)), tissue(0), seeds=range(TILES))
    assert errors["cycle"] < 1e-6
    assert errors["cycle_uint8"] > 0.2
    assert errors["cycle_jump"] > 1


class Zero(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0 * x


def test_errors_are_means_over_tiles_whatever_the_batch():
    images = tissue(0)
    many = np.concatenate([images] * 5)  # more than one batch, the last one shorter
    expected = np.abs(many / 255 - 0.5).mean()
    assert cycle_errors(Translator(Zero()), Translator(Zero()), many, seeds=range(len(many)))["cycle"] == pytest.approx(
        expected, rel=1e-5
    )


def test_the_noise_of_a_tile_does_not_depend_on_the_batch(monkeypatch):
    ways = Translator(Scale(-1.0)), Translator(Scale(-1.0))
    whole = cycle_errors(*ways, tissue(0), seeds=range(TILES))
    monkeypatch.setattr("pipeline.synthesize.cycle.BATCH", 3)
    assert cycle_errors(*ways, tissue(0), seeds=range(TILES)) == pytest.approx(whole, rel=1e-5)
