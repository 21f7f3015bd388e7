import math
import threading

import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.train import loop
from pipeline.core.train.batches import Batches
from pipeline.core.train.checkpoint import load_checkpoint
from pipeline.core.train.learner import Learner
from pipeline.core.train.waiting import Waiting

from .conftest import Killed, Tug, Validating, rows, same


def test_only_the_turns_own_parameters_take_part(train):
    learner, _ = train(steps=1)
    assert learner.seen == [("left", True, False), ("right", False, True)]


def test_a_turn_comes_as_often_as_it_is_named(train):
    class Twice(Tug):
        turns = ("right", "left", "right")

    learner, history = train(Twice, steps=2)
    assert [turn for turn, *_ in learner.seen] == ["right", "left", "right"] * 2
    assert abs(history[0]["right/total"]) == pytest.approx(history[0]["right/square"])


def test_history_is_the_mean_over_its_span(train):
    _, history = train()
    assert [row["step"] for row in history] == [4, 8, 12]
    assert history[0]["left/square"] == pytest.approx(history[0]["left/total"])
    assert history[0]["right/total"] < 0


def test_the_rate_is_a_factor_on_the_base_rate(train):
    rates = []

    class Watched(Tug):
        def clip(self, parameters):
            rates.append(self.optimizer.param_groups[0]["lr"])

        def optimizers(self):
            made = super().optimizers()
            self.optimizer = made["left"]
            return made

    train(Watched, steps=4)
    assert rates[::2] == pytest.approx([0.01, 0.0075, 0.005, 0.0025])


def test_same_seed_same_weights_other_seed_others(train):
    weights = [train(folder=str(i), seed=seed)[0].left.weight for i, seed in enumerate((0, 0, 1))]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_learner_that_does_not_validate_keeps_its_last_weights(train, tmp_path):
    learner, _ = train()
    assert same(learner, _loaded(Tug(), tmp_path / "scratch"))
    assert not list((tmp_path / "scratch").glob("best*"))


def test_a_learner_that_validates_keeps_its_best_weights(train, tmp_path):
    learner, history = train(Validating)
    short, _ = train(Validating, folder="short", steps=12, every=6)
    assert int(learner.steps) == 6
    assert [row.get("validation") for row in history] == [3.25, 0.25, 6.25]  # of steps 3, 6 and 12
    assert same(learner, short)
    assert [path.name for path in (tmp_path / "scratch").glob("best*")] == ["best_00000006.pt"]


def test_the_first_of_equal_scores_is_kept(train):
    class Level(Validating):
        def validate(self):
            return 1.0

    assert int(train(Level)[0].steps) == 3


def test_the_last_weights_are_never_taken_for_the_best(train, tmp_path):
    train(Validating)
    (tmp_path / "scratch" / "best_00000006.pt").unlink()
    with pytest.raises(ProductError, match="best score, that of step 6, found no file") as error:
        train(Validating)
    assert error.value.where == str(tmp_path / "scratch" / "best_00000006.pt")


def test_a_score_that_is_not_finite_stops_the_training(train):
    class Lost(Validating):
        def validate(self):
            return math.nan

    with pytest.raises(ProductError, match="validation score is nan at step 3"):
        train(Lost)


def test_an_average_after_k_steps_is_its_closed_form(train):
    walked = []

    class Walker(Validating):
        validates_every = None

        def after_step(self, step):
            super().after_step(step)
            walked.append(self.left.weight.detach().clone())

        def optimizers(self):
            walked.append(self.left.weight.detach().clone())
            return super().optimizers()

    learner, _ = train(Walker, steps=7)
    start, *weights = walked
    expected = 0.5**7 * start + sum(0.5 * 0.5 ** (7 - k) * w for k, w in enumerate(weights, 1))
    assert torch.allclose(learner.ema.network.weight, expected, atol=1e-6)
    assert not torch.allclose(learner.ema.network.weight, learner.left.weight, atol=1e-3)


def test_looking_at_a_learner_does_not_change_it(train):
    class Blind(Validating):
        validates_every = None

        def sample(self, folder, step):
            pass

    class Looking(Validating):
        def validate(self):
            torch.rand(5)
            return -float(self.steps)  # the last is the best

    assert same(train(Looking)[0], train(Blind, folder="blind")[0])


@pytest.mark.parametrize("step", [5, 10])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_run_ends_as_an_undisturbed_one(train, tmp_path, monkeypatch, step, moment):
    whole, history = train(Validating, folder="whole")
    save = loop.save_checkpoint

    def killing(path, state):
        if state["step"] == step and moment == "before":
            raise Killed
        save(path, state)
        if state["step"] == step:
            raise Killed

    monkeypatch.setattr(loop, "save_checkpoint", killing)
    with pytest.raises(Killed):
        train(Validating, folder="killed")
    monkeypatch.undo()
    resumed, again = train(Validating, folder="killed")
    assert same(whole, resumed)
    assert history == again
    drawn = [sorted(p.name for p in (tmp_path / f / "samples").iterdir()) for f in ("whole", "killed")]
    assert drawn[0] == drawn[1] == ["005.txt", "010.txt", "012.txt"]


def test_a_run_killed_after_its_last_step_has_nothing_left_to_do(train):
    whole, history = train(Validating)
    resumed, again = train(Validating)
    assert same(whole, resumed)
    assert history == again
    assert resumed.seen == []


def test_a_resumed_run_never_keeps_weights_of_a_score_it_has_not_seen(train, tmp_path):
    train(Validating, steps=12)
    stale = tmp_path / "scratch" / "best_00000007.pt"
    stale.write_bytes(b"of a run that went on and was lost")
    (tmp_path / "scratch" / "last.pt").unlink()
    assert int(train(Validating)[0].steps) == 6
    assert not stale.exists()


def test_a_loss_that_is_not_finite_stops_the_training_when_its_line_is_due(train):
    class Diverging(Tug):
        def forward(self, batch, turn):
            losses = super().forward(batch, turn)
            return {**losses, "square": losses["square"] / (len(self.seen) != 6)}  # the right turn of step 3

    with pytest.raises(ProductError, match="the loss right/square is not finite at step 3; its batch: rows") as error:
        train(Diverging)
    assert error.value.fix.startswith("lower lr")


def test_a_checkpoint_never_holds_what_is_not_finite(train, tmp_path):
    class Diverging(Tug):
        def forward(self, batch, turn):
            losses = super().forward(batch, turn)
            return {**losses, "square": losses["square"] / (len(self.seen) < 9)}  # step 5, which a checkpoint ends

    with pytest.raises(ProductError, match="not finite at step 5"):
        train(Diverging)
    assert not (tmp_path / "scratch" / "last.pt").exists()


def test_a_mistake_while_reading_stops_the_training_at_its_step(train):
    class Torn(Batches):
        def at(self, step):
            if step == 7:
                raise ProductError("torn")
            return super().at(step)

    torn = Torn({"x": torch.arange(30).reshape(10, 3).numpy()}, size=4, seed=0)
    with pytest.raises(ProductError, match="torn"):
        train(batches=torn)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]
    resumed, again = train()
    whole, history = train(folder="whole")
    assert history == again
    assert same(whole, resumed)


def test_losses_are_fetched_when_a_line_is_due_and_not_before(train, monkeypatch):
    fetched = []
    real = torch.Tensor.tolist
    monkeypatch.setattr(torch.Tensor, "tolist", lambda tensor: fetched.append(1) or real(tensor))
    train(steps=8, every=8)
    assert len(fetched) == 2  # two lines; the checkpoint finds nothing left to add


def test_a_learner_of_one_turn_leaves_what_it_froze_frozen(train):
    class Half(Learner):
        def __init__(self):
            super().__init__()
            self.body, self.head = nn.Linear(3, 3).requires_grad_(False), nn.Linear(3, 1)

        def optimizers(self):
            return {"model": torch.optim.SGD([p for p in self.parameters() if p.requires_grad], lr=0.1)}

        def forward(self, batch, turn):
            return {"total": self.head(self.body(batch["x"].float() / 30)).square().mean()}

        def exports(self):
            return {}

    learner, _ = train(Half)
    assert not learner.body.weight.requires_grad
    assert learner.head.weight.requires_grad


def _loaded(learner, scratch):
    learner.load_state_dict(load_checkpoint(scratch / "last.pt")["learner"])
    return learner


def test_batches_are_those_of_the_step(train):
    seen = []

    class Watching(Tug):
        def forward(self, batch, turn):
            seen.append(batch["x"].tolist())
            return super().forward(batch, turn)

    train(Watching, steps=3)
    assert seen[::2] == [rows().at(step)["x"].tolist() for step in range(3)]


class SecondRank(Fabric):
    """Of two, the one that does not write."""

    global_rank, world_size = 1, 2


@pytest.mark.parametrize("kind", [Fabric, SecondRank])
def test_every_rank_asks_how_long_it_waited_so_that_none_keeps_what_it_noted(train, monkeypatch, kind):
    asked, share = [], Waiting.share
    monkeypatch.setattr(Waiting, "share", lambda self: asked.append(self) or share(self))
    monkeypatch.setattr(loop, "Fabric", kind)
    train(steps=12, every=5)
    assert len(asked) == 3  # at steps 5, 10 and 12
