import pytest
import torch

from pipeline.core.diffusion.samplers import sample
from pipeline.core.errors import StudyError
from pipeline.core.translation.noise import TileNoise

CPU = torch.device("cpu")


def prepare(rows):
    """A prediction that is another one for every row."""
    factor = torch.tensor([1.0 + row for row in rows]).view(-1, 1)
    return lambda state, times: (0.1 * factor * state, torch.full_like(state, 0.5))


def drawn(seeds, **options):
    return sample(prepare, seeds, (5,), CPU, trained=50, **options)


@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
def test_a_row_is_the_same_whatever_is_sampled_at_once(sampler, monkeypatch):
    whole = drawn([7, 8, 9, 10, 11], sampler=sampler, steps=10)
    monkeypatch.setattr("pipeline.core.translation.parts.AT_ONCE", {"cpu": 2})
    assert torch.equal(drawn([7, 8, 9, 10, 11], sampler=sampler, steps=10), whole)


def test_a_part_is_always_as_large(monkeypatch):
    monkeypatch.setattr("pipeline.core.translation.parts.AT_ONCE", {"cpu": 4})
    seen = []

    def noted(rows):
        seen.append(list(rows))
        return prepare(rows)

    assert sample(noted, range(6), (5,), CPU, trained=50, steps=1).shape == (6, 5)
    assert seen == [[0, 1, 2, 3], [4, 5, 5, 5]]


def test_no_row_is_no_answer():
    assert drawn([]).shape == (0, 5)


def test_all_steps_are_the_default():
    assert torch.equal(drawn([1]), drawn([1], steps=50))
    assert not torch.equal(drawn([1]), drawn([1], steps=49))


def test_ddim_draws_once_and_ancestral_sampling_at_every_step_but_the_last(monkeypatch):
    calls = []

    class Counted(TileNoise):
        def normal(self, *shape):
            calls.append(shape)
            return super().normal(*shape)

    monkeypatch.setattr("pipeline.core.diffusion.samplers.TileNoise", Counted)
    drawn([1], sampler="ddim", steps=10)
    assert len(calls) == 1
    drawn([1], sampler="ancestral", steps=10)
    assert len(calls) == 1 + 10


@pytest.mark.parametrize("steps", [51, 0])
def test_steps_that_the_schedule_has_not_are_told(steps):
    with pytest.raises(StudyError, match=f"{steps} sampling steps of a diffusion that was trained with 50"):
        drawn([1], steps=steps)


def test_an_unknown_sampler_is_told():
    with pytest.raises(StudyError, match=r"unknown sampler 'euler'(.|\n)*ancestral, ddim"):
        drawn([1], sampler="euler")
