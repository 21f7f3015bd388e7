import math
from typing import get_args

import pytest
import torch

from pipeline.pretrain.augment import Augment
from pipeline.pretrain.policy import CORRECTED, POLICIES, Policy
from pipeline.study.arm import Augment as Section

STRONG, MILD = {}, {"colour": 0.3, "geometry": 0.7}
DRAWN = [  # mean, deviation and a value of the views below
    ("corrected", STRONG, "light", (0.3295, 0.2175, 0.7453)),
    ("corrected", STRONG, "fluorescence", (0.4671, 0.2537, 0.5012)),
    ("corrected", MILD, "light", (0.3801, 0.2228, 0.5970)),
    ("corrected", MILD, "fluorescence", (0.4510, 0.2633, 0.4970)),
    ("released", STRONG, "light", (0.5131, 0.2540, 0.5360)),
]


def test_a_study_can_name_every_policy():
    for listed in (Section, Augment):
        assert set(get_args(listed.__annotations__["preset"])) == set(POLICIES)


def test_a_policy_of_zeros_is_no_change():
    images = torch.rand(8, 3, 4, 4)
    still = CORRECTED.scaled(0.0, 0.0)
    assert still == Policy(angle=0.0)
    assert torch.equal(Augment(colour=0.0, geometry=0.0)(images.clone(), "light"), images)


def test_strengths_act_on_values_and_on_places_apart():
    colour, geometry = CORRECTED.scaled(0.5, 1.0), CORRECTED.scaled(1.0, 0.5)
    assert (colour.noise, colour.contrast, colour.crop, colour.flips) == (0.15, 0.2, 0.25, (0.5, 0.5))
    assert (geometry.noise, geometry.crop, geometry.flips, geometry.angle) == (0.3, 0.125, (0.25, 0.25), math.pi / 2)
    assert CORRECTED.scaled(1.0, 1.0) == CORRECTED


@pytest.mark.parametrize(("preset", "strengths", "kind", "expected"), DRAWN)
def test_a_preset_draws_what_it_always_drew(preset, strengths, kind, expected):
    y, x = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    ramps = torch.stack([x, y, (x + y) / 2]) / 16
    ramps[:, :2] = 0
    torch.manual_seed(0)
    views = Augment(preset, **strengths)(ramps.repeat(8, 1, 1, 1), kind)
    found = float(views.mean()), float(views.std()), float(views[0, 0, 8, 8])
    assert found == pytest.approx(expected, abs=1e-4)
