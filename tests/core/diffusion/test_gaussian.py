import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from pipeline.core.diffusion.gaussian import (
    at,
    data_of,
    learned_log_variance,
    noise_of,
    noised,
    posterior_mean,
    returned,
    stepped,
)
from pipeline.core.diffusion.schedule import Schedule, linear, variance_preserving

SCHEDULES = [variance_preserving(4), linear(100)]


@pytest.fixture
def data() -> torch.Tensor:
    return torch.randn(100_000, 1, generator=torch.Generator().manual_seed(0))


def noise_like(data: torch.Tensor, seed: int) -> torch.Tensor:
    return torch.randn(data.shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_state_of_data_of_variance_1_has_variance_1(schedule: Schedule, data: torch.Tensor) -> None:
    for step in (0, 1, schedule.steps):
        t = torch.full((len(data),), step)
        assert noised(schedule, data, t, noise_like(data, 1)).var().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_one_more_step_of_a_state_is_the_next_one(schedule: Schedule, data: torch.Tensor) -> None:
    t = torch.full((len(data),), 2)
    walked = stepped(schedule, noised(schedule, data, t - 1, noise_like(data, 1)), t, noise_like(data, 2))
    straight = noised(schedule, data, t, noise_like(data, 3))
    for one, other in ((walked.var(), straight.var()), ((walked * data).mean(), (straight * data).mean())):
        assert one.item() == pytest.approx(other.item(), abs=0.02)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_posterior_of_the_first_step_is_the_data(schedule: Schedule, data: torch.Tensor) -> None:
    t, state = torch.ones(len(data), dtype=torch.int64), noise_like(data, 1)
    assert torch.equal(posterior_mean(schedule, data, state, t), data)
    assert torch.equal(returned(schedule, data, state, t, noise_like(data, 2)), data)


def test_noise_and_data_of_a_state_are_found_again(data: torch.Tensor) -> None:
    schedule, noise = linear(100), noise_like(data, 1)
    t = torch.full((len(data),), 40)
    state = noised(schedule, data, t, noise)
    torch.testing.assert_close(data_of(schedule, state, t, noise), data, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(noise_of(schedule, state, t, data), noise, atol=1e-5, rtol=1e-5)


def test_a_learned_variance_lies_between_that_of_the_posterior_and_beta() -> None:
    schedule, t = linear(100), torch.tensor([1, 2, 50, 100])
    most = learned_log_variance(schedule, torch.ones(4, 1), t).exp().flatten()
    least = learned_log_variance(schedule, torch.zeros(4, 1), t).exp().flatten()
    torch.testing.assert_close(most, schedule.beta[t].float())
    expected = schedule.posterior_variance[[2, 2, 50, 100]].float()
    torch.testing.assert_close(least, expected)


class Moved(TorchDispatchMode):
    """Notes what is moved to another device."""

    def __init__(self) -> None:
        super().__init__()
        self.dtypes = list[torch.dtype]()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if (kwargs or {}).get("device") == torch.device("meta"):
            self.dtypes.append(args[0].dtype)
        return func(*args, **(kwargs or {}))


def test_no_double_is_moved_to_a_device() -> None:
    like, t = torch.empty(2, 3, 4, device="meta"), torch.empty(2, dtype=torch.int64, device="meta")
    with Moved() as moved:
        found = at(linear(100).alpha_bar, t, like)
    assert (found.dtype, found.device, found.shape) == (like.dtype, like.device, (2, 1, 1))
    assert moved.dtypes == [torch.float32]
