"""What every loss of embeddings has in common: positions, precision, symmetry, and where gradients go."""

import pytest
import torch

from pipeline.pretrain.barlow import BarlowTwins
from pipeline.pretrain.infonce import InfoNCE
from pipeline.pretrain.nt_xent import NTXent
from pipeline.pretrain.vicreg import VICReg

LOSSES = [VICReg("released"), VICReg("pairwise"), VICReg("paper"), InfoNCE(), NTXent(), BarlowTwins()]
THREE = [(0, 1), (0, 2), (1, 2)]
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)


def draw(*shape):
    return list(torch.randn(3, *shape, generator=torch.Generator().manual_seed(0)))


@every_loss
def test_a_loss_of_dense_embeddings_is_its_mean_over_positions(loss):
    branches = draw(7, 2, 3, 5)
    found = loss(branches, THREE)
    positions = [loss([z[:, i, j] for z in branches], THREE) for i in range(2) for j in range(3)]
    for name, value in found.items():
        assert float(value) == pytest.approx(sum(float(p[name]) for p in positions) / 6, rel=1e-5), name


@every_loss
def test_symmetric_under_exchange_of_the_primary_views(loss):
    first, second, privileged = draw(8, 5)
    one = loss([first, second, privileged], THREE)["total"]
    assert float(one) == pytest.approx(float(loss([second, first, privileged], THREE)["total"]), rel=1e-6)


@every_loss
def test_gradients_flow_to_branches_that_are_in_a_pair_and_to_no_other(loss):
    branches = [z.requires_grad_() for z in draw(8, 5)]
    loss(branches, [(0, 2)])["total"].backward()
    assert [z.grad is not None and bool(z.grad.abs().sum() > 0) for z in branches] == [True, False, True]


@every_loss
def test_single_precision_is_enough(loss):
    branches = [100 + 10 * z for z in draw(32, 16)]  # a mean that is large beside what varies
    exact = loss([z.double() for z in branches], THREE)["total"]
    assert float(loss(branches, THREE)["total"]) == pytest.approx(float(exact), rel=1e-4)
