import math

import pytest
import torch

from pipeline.core.networks.encoder import Outputs
from pipeline.pretrain.bounds import FeatureBound, GlobalBound, LocalBound
from pipeline.pretrain.jsd import jsd_bound
from pipeline.pretrain.recalled_bound import RecalledBound

TILES = torch.arange(4)


def outputs(seed, channels):
    torch.manual_seed(seed)
    maps = tuple(torch.randn(4, channels, n, n) for n in (4, 2))
    return Outputs(torch.randn(4, channels), maps)


STUDENT, TEACHER, STRANGER = outputs(0, 3), outputs(1, 5), outputs(2, 5)


@pytest.mark.parametrize(
    "bound",
    [GlobalBound(3, 5, 8), LocalBound(3, 5, 8), FeatureBound((3, 3), (5, 5), 8)],
    ids=["global", "local", "maps"],
)
def test_a_critic_that_tells_nothing_apart_gives_two_ln_two(bound):
    with torch.no_grad():
        for parameter in bound.parameters():
            parameter.zero_()
    assert float(bound(STUDENT, TEACHER, STRANGER, TILES)) == pytest.approx(-1.386294, abs=1e-6)


def test_the_local_bound_is_a_mean_over_positions_of_the_last_map():
    torch.manual_seed(0)
    bound = LocalBound(3, 5, 8)
    scores = [
        bound.critic(STUDENT.maps[-1], o.features.view(4, 5, 1, 1).expand(4, 5, 2, 2)) for o in (TEACHER, STRANGER)
    ]
    found = bound(STUDENT, TEACHER, STRANGER, TILES)
    assert float(found) == pytest.approx(float(jsd_bound(*scores)), rel=1e-5)


def test_the_feature_bound_is_a_mean_over_pairs_each_with_a_critic_of_its_own():
    torch.manual_seed(0)
    bound = FeatureBound((3, 3), (5, 5), 8)
    each = [
        jsd_bound(critic(a, b), critic(a, c))
        for critic, a, b, c in zip(bound.critics, STUDENT.maps, TEACHER.maps, STRANGER.maps, strict=True)
    ]
    assert float(bound(STUDENT, TEACHER, STRANGER, TILES)) == pytest.approx(float(sum(each)) / 2, rel=1e-5)


@pytest.fixture
def recalled():
    torch.manual_seed(0)
    return RecalledBound(3, 5, 8, 4097, negatives=4096, width=8)


def test_recalled_strangers_that_are_all_alike_give_ln_4097(recalled):
    with torch.no_grad():
        for projection in (recalled.student, recalled.teacher):
            projection.norm.weight.zero_()
            projection.norm.bias.copy_(torch.eye(8)[0])
        recalled.bank.vectors.copy_(torch.eye(8)[0].expand(4097, 8))
    tiles = torch.full((4,), 4096)  # not among the first that are drawn
    assert float(recalled(STUDENT, TEACHER, STRANGER, tiles)) == pytest.approx(-math.log(4097), abs=1e-5)
    assert math.log(4097) == pytest.approx(8.31801, abs=1e-5)


def test_a_tile_is_no_stranger_to_itself():
    torch.manual_seed(0)
    bound = RecalledBound(3, 5, 8, 2, width=8, temperature=1.0)
    own = torch.nn.functional.normalize(bound.student(STUDENT.features[:2]), dim=1)
    taught = torch.nn.functional.normalize(bound.teacher(TEACHER.features[:2]), dim=1)
    positive, other = (own * taught).sum(1), (own * bound.bank.vectors[[1, 0]]).sum(1)
    expected = (positive - torch.logaddexp(positive, other)).mean()
    two = [Outputs(o.features[:2], ()) for o in (STUDENT, TEACHER, STRANGER)]
    assert float(bound(*two, torch.arange(2))) == pytest.approx(float(expected), abs=1e-6)


def test_the_bank_moves_half_of_the_way_to_what_was_seen(recalled):
    before = recalled.bank.vectors.clone()
    tiles = torch.tensor([7, 3000, 1, 4096])
    recalled(STUDENT, TEACHER, STRANGER, tiles)
    seen = torch.nn.functional.normalize(recalled.teacher(TEACHER.features), dim=1)
    expected = torch.nn.functional.normalize(before[tiles] + seen, dim=1)
    assert torch.allclose(recalled.bank.vectors[tiles], expected, atol=1e-6)
    assert int((recalled.bank.vectors != before).any(1).sum()) == 4
