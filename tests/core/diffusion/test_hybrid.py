import pytest
import torch

from pipeline.core.diffusion.bound import bound
from pipeline.core.diffusion.gaussian import noise_of_velocity
from pipeline.core.diffusion.hybrid import hybrid
from pipeline.core.diffusion.schedule import linear
from pipeline.core.train.share import Share

DATA = torch.rand(64, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


class Recording:
    """A network with one answer; it remembers what it was asked."""

    def __init__(self, noise: float = 0.0, share: float = 0.5) -> None:
        self.noise, self.share = (torch.tensor(value, requires_grad=True) for value in (noise, share))

    def __call__(self, state, t):
        self.state, self.t = state, t
        return self.noise.expand_as(state), self.share.expand_as(state)


def test_no_noise_predicted_loses_about_1() -> None:
    torch.manual_seed(0)
    assert hybrid(linear(100), Recording(), DATA)["simple"].item() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(("steps", "weight"), [(1000, 1.0), (100, 0.1), (250, 0.25)])
def test_the_bound_weighs_1_in_1000_steps_and_t_1000ths_in_t(steps: int, weight: float) -> None:
    torch.manual_seed(0)
    losses = hybrid(linear(steps), Recording(), DATA)
    assert (losses["total"] - losses["simple"]).item() == pytest.approx(weight * losses["bound"].item(), rel=1e-4)


def test_the_bound_is_that_of_the_states_that_were_seen() -> None:
    torch.manual_seed(0)
    schedule, network = linear(100), Recording()
    found = hybrid(schedule, network, DATA)["bound"]
    zeros = torch.zeros_like(DATA)
    assert found.item() == pytest.approx(
        bound(schedule, DATA, network.state, network.t, zeros, zeros + 0.5).mean().item()
    )


def test_the_noise_learns_from_the_squares_alone_and_the_variance_from_the_bound() -> None:
    network = Recording(0.3)
    torch.manual_seed(0)
    losses = hybrid(linear(100), network, DATA)
    both = network.noise, network.share
    of_simple, of_bound, of_total = (
        torch.autograd.grad(losses[name], both, retain_graph=True, allow_unused=True)
        for name in ("simple", "bound", "total")
    )
    assert of_simple[1] is None
    assert of_bound[0] is None
    assert of_bound[1].abs() > 0
    torch.testing.assert_close(of_total, (of_simple[0], 0.1 * of_bound[1]))


def test_the_velocity_loses_the_square_of_its_own_error() -> None:
    """Of a network that says that it is zero everywhere."""
    schedule = linear(100)

    def still(state: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        state_of["state"], state_of["t"] = state, t
        return noise_of_velocity(schedule, state, t, torch.zeros_like(state)), torch.full_like(state, 0.5)

    state_of: dict[str, torch.Tensor] = {}
    torch.manual_seed(0)
    found = hybrid(schedule, still, DATA, velocity=True)["simple"].item()
    state, kept = state_of["state"].double(), schedule.alpha_bar[state_of["t"]].view(-1, 1, 1, 1)
    noise = (state - kept.sqrt() * DATA) / (1 - kept).sqrt()
    velocity = kept.sqrt() * noise - (1 - kept).sqrt() * DATA
    assert found == pytest.approx(velocity.square().mean().item(), rel=1e-3)


def test_every_step_from_1_to_the_last_is_drawn_as_often() -> None:
    torch.manual_seed(0)
    network = Recording()
    hybrid(linear(50), network, torch.zeros(5000, 1, 1, 1))
    counts = network.t.bincount(minlength=51)
    assert counts[0] == 0
    assert (counts[1:] - 100).abs().max() < 45  # 4.5 deviations


def test_states_are_those_of_the_data() -> None:
    """Their spread about the data is that of the step."""
    torch.manual_seed(0)
    schedule, network = linear(100), Recording()
    hybrid(schedule, network, DATA)
    kept = schedule.alpha_bar[network.t].float().view(-1, 1, 1, 1)
    noise = (network.state - kept.sqrt() * DATA) / (1 - kept).sqrt()
    assert noise.mean().item() == pytest.approx(0, abs=0.03)
    assert noise.std().item() == pytest.approx(1, abs=0.03)


def test_two_halves_of_a_batch_draw_what_the_whole_would() -> None:
    schedule, whole, parts = linear(100), Recording(), []
    hybrid_of = torch.Generator().manual_seed(3)
    with Share(generator=hybrid_of).seen():
        hybrid(schedule, whole, DATA)
    for first in (0, 1):
        part = Recording()
        with Share(first, 2, torch.Generator().manual_seed(3)).seen():
            hybrid(schedule, part, DATA[first::2])
        parts.append(part)
    for first, part in enumerate(parts):
        assert torch.equal(part.t, whole.t[first::2])
        assert torch.equal(part.state, whole.state[first::2])
