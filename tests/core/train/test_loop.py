import threading

import pytest
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.train.batches import Batches
from pipeline.core.train.learner import Method
from pipeline.core.train.loop import fit, write_history


class Tug(Method):
    """Two turns, each with parameters of its own, and dropout, so that the random state matters."""

    turns = ("left", "right")

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(3, 3), nn.Linear(3, 3)
        self.seen = []

    def optimizers(self):
        return {turn: torch.optim.Adam(getattr(self, turn).parameters(), lr=0.01) for turn in self.turns}

    def rate(self, progress):
        return 1.0 - progress

    def forward(self, batch, turn):
        self.seen.append((turn, self.left.weight.requires_grad, self.right.weight.requires_grad))
        x = nn.functional.dropout(batch["x"].float(), 0.5)
        loss = (self.right(self.left(x)) ** 2).mean()
        return {"square": loss, "total": loss if turn == "left" else -loss}


def batches():
    return Batches({"x": torch.arange(30).reshape(10, 3).numpy()}, size=4, seed=0)


def run(scratch, steps=12, seed=0, **more):
    return fit(Tug, batches(), steps=steps, seed=seed, scratch=scratch, every=5, log_every=4, **more)


def test_only_the_turns_own_parameters_take_part(tmp_path):
    method, _ = run(tmp_path, steps=1)
    assert method.seen == [("left", True, False), ("right", False, True)]


def test_history_is_the_mean_over_its_span(tmp_path):
    _, history = run(tmp_path)
    assert [row["step"] for row in history] == [4, 8, 12]
    assert history[0]["left/square"] == pytest.approx(history[0]["left/total"])
    assert history[0]["right/total"] < 0


def test_same_seed_same_weights_other_seed_others(tmp_path):
    weights = [run(tmp_path / str(i), seed=seed)[0].left.weight for i, seed in enumerate((0, 0, 1))]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_killed_run_ends_as_an_undisturbed_one(tmp_path):
    class Killed(BaseException):
        pass

    def kill(method, step):
        torch.rand(7)  # looking draws random numbers and must not change the run
        if step == 5:
            raise Killed

    whole, history = run(tmp_path / "whole", sample=lambda method, step: torch.rand(3))
    with pytest.raises(Killed):
        run(tmp_path / "killed", sample=kill)
    resumed, again = run(tmp_path / "killed")
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))
    assert history == again


def test_a_loss_that_is_not_finite_stops_the_training(tmp_path):
    class Diverging(Tug):
        def forward(self, batch, turn):
            losses = super().forward(batch, turn)
            return {**losses, "square": losses["square"] / (len(self.seen) != 6)}  # the right turn of step 3

    with pytest.raises(ProductError, match="the loss right/square is inf at step 3") as error:
        fit(Diverging, batches(), steps=12, seed=0, scratch=tmp_path)
    assert error.value.fix == "lower lr"


def test_a_mistake_while_reading_stops_the_training_at_its_step(tmp_path):
    class Torn(Batches):
        def at(self, step):
            if step == 7:
                raise ProductError("torn")
            return super().at(step)

    torn = Torn({"x": torch.arange(30).reshape(10, 3).numpy()}, size=4, seed=0)
    with pytest.raises(ProductError, match="torn"):
        fit(Tug, torn, steps=12, seed=0, scratch=tmp_path, every=5, log_every=4)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]
    resumed, again = run(tmp_path)
    whole, history = run(tmp_path / "whole")
    assert history == again
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


def test_history_file(tmp_path):
    write_history(tmp_path / "h.csv", [{"step": 4, "a/b": 0.123456789}])
    assert (tmp_path / "h.csv").read_text() == "step,a/b\n4,0.123457\n"
