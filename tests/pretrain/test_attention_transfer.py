import pytest
import torch

from pipeline.core.networks.encoder import Outputs
from pipeline.pretrain.attention_transfer import attention, energy

from .test_distillation import build


def outputs(*maps):
    return Outputs(maps[-1].mean((2, 3)), maps)


def test_attention_is_the_energy_of_all_channels_at_unit_length():
    maps = torch.tensor([[[[3.0, 0.0]], [[0.0, 4.0]]]])  # channels at two positions
    assert energy(maps).tolist() == [[[4.5, 8.0]]]
    norm = (4.5**2 + 8**2) ** 0.5
    assert attention(energy(maps))[0].tolist() == pytest.approx([4.5 / norm, 8 / norm])


def test_strength_and_channels_do_not_matter():
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 4, 4)
    student, teacher = outputs(7 * maps), outputs(maps.flip(1).repeat(1, 2, 1, 1))
    assert float(build("attention").distilled(student, teacher, {})["attention"]) == pytest.approx(0, abs=1e-12)


def test_attention_elsewhere_has_a_closed_form():
    here, there = torch.tensor([[[[1.0, 0.0]]]]), torch.tensor([[[[0.0, 1.0]]]])
    found = build("attention").distilled(outputs(here, here), outputs(there, here), {})
    assert float(found["attention"]) == 1  # (1 + 1) / 2 positions of the first pair, 0 of the second


def test_attention_of_another_size_is_averaged():
    fine, coarse = torch.tensor([[[[1.0, 1.0, 2.0, 2.0]]]]), torch.tensor([[[[1.0, 2.0]]]])
    assert float(build("attention").distilled(outputs(fine), outputs(coarse), {})["attention"]) == pytest.approx(0)
