from collections.abc import Callable

import pytest
import torch

from pipeline.core.diffusion.gaussian import at
from pipeline.core.diffusion.sampling import Predict, ancestral, guided, implicit
from pipeline.core.diffusion.schedule import Schedule, linear
from pipeline.core.translation.noise import TileNoise

MEAN = torch.tensor([0.4, -0.2])
COVARIANCE = torch.tensor([[0.06, 0.03], [0.03, 0.04]])
ROWS = 4000


def analytic(schedule: Schedule) -> Predict:
    """The noise that a perfect network predicts of data that are a Gaussian; its variance is the posterior's."""

    def predict(state: torch.Tensor, time: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        kept = float(at(schedule.alpha_bar, time[:1], state))
        spread = kept * COVARIANCE + (1 - kept) * torch.eye(2)
        noise = (1 - kept) ** 0.5 * torch.linalg.solve(spread, (state - kept**0.5 * MEAN).T).T
        return noise, torch.zeros_like(state)

    return predict


@pytest.mark.parametrize(("steps", "error"), [(1000, 0.004), (250, 0.008)])
def test_ancestral_sampling_draws_the_data(steps: int, error: float) -> None:
    schedule = linear(1000)
    found = ancestral(analytic(schedule), schedule.respaced(steps), TileNoise(range(ROWS)), (2,), clip=False)
    torch.testing.assert_close(found.mean(0), MEAN, atol=0.015, rtol=0)
    torch.testing.assert_close(found.T.cov(), COVARIANCE, atol=error, rtol=0)


def test_the_path_without_noise_draws_the_data() -> None:
    schedule = linear(1000)
    found = implicit(analytic(schedule), schedule.respaced(500), TileNoise(range(ROWS)), (2,), clip=False)
    torch.testing.assert_close(found.mean(0), MEAN, atol=0.015, rtol=0)
    torch.testing.assert_close(found.T.cov(), COVARIANCE, atol=0.004, rtol=0)


@pytest.mark.parametrize("sampler", [ancestral, implicit])
def test_a_row_is_the_same_in_every_batch(sampler: Callable[..., torch.Tensor]) -> None:
    schedule = linear(1000).respaced(20)
    predict = analytic(linear(1000))
    together = sampler(predict, schedule, TileNoise([3, 4]), (2,))
    alone = sampler(predict, schedule, TileNoise([4]), (2,))
    torch.testing.assert_close(together[1:], alone, atol=1e-6, rtol=0)


@pytest.mark.parametrize("sampler", [ancestral, implicit])
def test_data_stay_in_range(sampler: Callable[..., torch.Tensor]) -> None:
    found = sampler(lambda state, time: (3 * state, state), linear(50), TileNoise([0, 1]), (2,))
    assert found.abs().max() <= 1


def test_a_scale_of_one_is_the_conditional_prediction_itself() -> None:
    one, other = torch.rand(4), torch.rand(4)
    assert guided(one, other, 1) is one


@pytest.mark.parametrize("scale", [0.0, 1.5, 7.0])
def test_equal_predictions_cannot_be_guided(scale: float) -> None:
    one = torch.rand(4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(guided(one, one, scale), one)
