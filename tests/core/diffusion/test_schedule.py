import pytest
import torch

from pipeline.core.diffusion.schedule import Schedule, linear, variance_preserving
from pipeline.core.errors import StudyError


def test_syndiff_has_the_variances_of_its_paper() -> None:
    schedule = variance_preserving(4)
    assert schedule.beta[1:].tolist() == pytest.approx([0.4783, 0.8492, 0.9564, 0.9874], abs=5e-5)
    assert schedule.alpha_bar[1:].tolist() == pytest.approx([0.52174, 0.078676, 0.0034289, 4.319e-5], rel=5e-5)
    assert schedule.posterior_variance[1:].tolist() == pytest.approx([0, 0.4408, 0.8842, 0.9841], abs=5e-5)


def test_nasdm_has_the_variances_of_its_paper() -> None:
    kept = linear(1000).alpha_bar
    assert kept[[1, 100, 500, 1000]].tolist() == pytest.approx([0.9999, 0.897018, 0.0785872, 4.0358e-5], rel=5e-5)


@pytest.mark.parametrize("steps", [50, 100, 1000])
def test_fewer_steps_end_in_as_much_noise(steps: int) -> None:
    assert linear(steps).alpha_bar[-1] < 5e-5


@pytest.mark.parametrize("schedule", [variance_preserving(4), linear(100), linear(1000).respaced(50)])
def test_the_posterior_is_consistent_with_the_marginals(schedule: Schedule) -> None:
    of_data, of_state = schedule.posterior_means
    kept, before = schedule.alpha_bar[1:], schedule.alpha_bar[:-1]
    torch.testing.assert_close(of_data[1:] + of_state[1:] * kept.sqrt(), before.sqrt())
    spread = of_state[1:] ** 2 * (1 - kept) + schedule.posterior_variance[1:]
    torch.testing.assert_close(spread, 1 - before)


def test_a_respaced_schedule_passes_the_same_states() -> None:
    whole = linear(1000)
    fewer = whole.respaced(250)
    assert fewer.times[:3] == (0, 4, 8)
    assert (fewer.steps, fewer.times[-1]) == (250, 1000)
    torch.testing.assert_close(fewer.alpha_bar, whole.alpha_bar[list(fewer.times)])


def test_all_steps_are_the_schedule_itself() -> None:
    whole = linear(100)
    assert whole.respaced(100).times == whole.times
    torch.testing.assert_close(whole.respaced(100).beta, whole.beta)


@pytest.mark.parametrize("steps", [0, 101])
def test_more_steps_than_there_are_cannot_be_sampled(steps: int) -> None:
    with pytest.raises(StudyError, match=f"{steps} sampling steps.*trained with 100"):
        linear(100).respaced(steps)


@pytest.mark.parametrize("steps", [20, 1, 0])
def test_too_few_steps_would_destroy_more_than_all(steps: int) -> None:
    with pytest.raises(StudyError, match=f"{steps} steps of a linear schedule"):
        linear(steps)
    assert linear(21).beta.max() < 1
