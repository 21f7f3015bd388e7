import pytest
import torch

from pipeline.pretrain.transport import TransportLoss
from pipeline.pretrain.vicreg import covariance, variance

B, N, C, TOKEN = 6, 9, 12, 4
MARGINALS = ("cvsim", "gap_relevance", "uniform")
every_marginal = pytest.mark.parametrize("marginals", MARGINALS)


def build(**options):
    torch.manual_seed(0)
    return TransportLoss(**{"d_tok": TOKEN, "heads": 2, **options})


@pytest.fixture
def views():
    rng = torch.Generator().manual_seed(1)
    maps = torch.randn(2, B, N, C, generator=rng)
    return list(maps), list(torch.randn(2, B, N * TOKEN, generator=rng))


def values(losses):
    return {name: float(value.detach()) for name, value in losses.items()}


@every_marginal
def test_the_total_is_the_weighted_sum_of_its_terms(views, marginals):
    maps, expanded = views
    found = values(build(marginals=marginals, alpha=2.0, beta=3.0, eta=0.5)(maps, expanded))
    assert found["total"] == pytest.approx(2 * found["transport"] + 3 * found["variance"] + 0.5 * found["covariance"])
    assert found["variance"] == pytest.approx(sum(float(variance(z, 1e-4, 1)) for z in expanded))
    assert found["covariance"] == pytest.approx(sum(float(covariance(z, 1)) for z in expanded))


def test_the_default_weights():
    assert build().weights == (25.0, 25.0, 1.0)
    assert (build().epsilon, build().iterations, build().floor) == (0.05, 50, 0.1)
    assert TransportLoss().infusion.attention.num_heads == 4
    assert TransportLoss().d_tok == 64


@every_marginal
def test_masses_sum_to_one_and_none_is_below_the_floor(views, marginals):
    maps, expanded = views
    loss = build(marginals=marginals, floor=0.1)
    with torch.no_grad():
        found = loss.masses(maps, [1000 * z for z in expanded])
    for masses in found:
        assert masses.shape == (B, N)
        assert masses.sum(1).tolist() == pytest.approx([1] * B, abs=1e-5)
        assert float(masses.min()) >= 0.1 / N - 1e-7


@every_marginal
def test_exchanging_the_views_costs_the_same(views, marginals):
    maps, expanded = views
    loss = build(marginals=marginals, iterations=500)
    one, other = values(loss(maps, expanded)), values(loss(maps[::-1], expanded[::-1]))
    assert one == pytest.approx(other, rel=1e-4)


def test_even_masses_have_all_entropy(views):
    assert values(build(marginals="uniform")(*views))["entropy"] == pytest.approx(1)
    assert values(build(marginals="gap_relevance")(*views))["entropy"] < 0.99


def test_a_permuted_map_costs_nothing_and_one_that_is_compared_in_place_does(views):
    maps, expanded = views
    order = torch.randperm(N, generator=torch.Generator().manual_seed(2))
    loss = build(marginals="uniform", epsilon=0.01)
    assert values(loss([maps[0], maps[0][:, order]], expanded))["transport"] < 1e-3
    in_place = 1 - torch.cosine_similarity(maps[0], maps[0][:, order], dim=-1)
    assert float(in_place.mean()) > 0.5


def test_gradients_reach_maps_tokens_and_the_attention(views):
    maps, expanded = ([z.requires_grad_() for z in values] for values in views)
    loss = build(beta=0.0, eta=0.0)  # the transport alone
    loss(maps, expanded)["total"].backward()
    assert all(float(z.grad.abs().max()) > 0 for z in (*maps, *expanded))
    assert all(float(p.grad.abs().max()) > 0 for n, p in loss.named_parameters() if n != "infusion.mass.bias")


def test_without_attention_the_transport_says_nothing_to_the_tokens(views):
    maps, expanded = ([z.requires_grad_() for z in values] for values in views)
    build(marginals="uniform", beta=0.0, eta=0.0)(maps, expanded)["total"].backward()
    assert all(float(z.grad.abs().max()) > 0 for z in maps)
    assert all(float(z.grad.abs().max()) == 0 for z in expanded)


@every_marginal
def test_single_precision_whatever_surrounds_it(views, marginals):
    halves = [[z.bfloat16() for z in part] for part in views]
    loss = build(marginals=marginals)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = loss(*halves)
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert values(found) == pytest.approx(values(loss(*([z.float() for z in part] for part in halves))), rel=1e-6)


def test_a_map_of_one_position_has_one_plan():
    torch.manual_seed(0)
    maps, expanded = list(torch.randn(2, B, 1, C)), list(torch.randn(2, B, TOKEN))
    found = values(build()(maps, expanded))
    cosine = torch.cosine_similarity(maps[0], maps[1], dim=-1).mean()
    assert found["transport"] == pytest.approx(1 - float(cosine), abs=1e-6)
    assert found["entropy"] == 1
