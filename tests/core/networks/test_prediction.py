import pytest
import torch

from pipeline.core.diffusion.gaussian import data_of, noised
from pipeline.core.diffusion.schedule import linear
from pipeline.core.networks.prediction import Prediction

STEPS, TIMES = 50, torch.tensor([1, 20, 50])
DATA, NOISE = (torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
STATE = noised(linear(STEPS), DATA, TIMES, NOISE)


def test_the_first_half_is_the_noise_and_the_second_the_share() -> None:
    answer = torch.cat([NOISE, torch.tensor([-1.0, 0.0, 1.0]).view(3, 1, 1, 1).expand_as(NOISE)], 1)
    noise, share = Prediction("noise", STEPS)(answer, STATE, TIMES)
    assert torch.equal(noise, NOISE)
    assert share[:, 0, 0, 0].tolist() == [0, 0.5, 1]


def test_the_true_velocity_is_the_true_noise() -> None:
    kept = linear(STEPS).alpha_bar[TIMES].view(-1, 1, 1, 1).float()
    velocity = kept.sqrt() * NOISE - (1 - kept).sqrt() * DATA
    noise, _ = Prediction("velocity", STEPS)(torch.cat([velocity, NOISE], 1), STATE, TIMES)
    torch.testing.assert_close(noise, NOISE)


@pytest.mark.parametrize("predicts", ["noise", "velocity"])
def test_what_an_error_at_the_last_step_is_of_the_data(predicts: str) -> None:
    """The reason for the velocity."""
    kept = linear(STEPS).alpha_bar[-1].item()
    factor = ((1 - kept) / kept if predicts == "noise" else 1 - kept) ** 0.5
    answers = (torch.cat([at_all, NOISE], 1) for at_all in (NOISE, NOISE + 1))
    exact, wrong = (
        data_of(linear(STEPS), STATE, TIMES, Prediction(predicts, STEPS)(own, STATE, TIMES)[0]) for own in answers
    )
    assert (exact - wrong)[-1].mean().item() == pytest.approx(factor, rel=1e-3)
