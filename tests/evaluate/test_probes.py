import numpy as np
import pytest

from pipeline.evaluate import probes
from pipeline.evaluate.penalty import Linear
from pipeline.evaluate.probes import predict
from pipeline.evaluate.regression import ValueProbes

SPEC = {"seed": 0, "heads": ["linear", "knn", "mlp"], "few": 6, "few_patients": 3, "draws": 4, "neighbours": 3}
GROUPS = np.repeat(list("abcdef"), 5)
TRUTH = np.arange(30) / 30


class Recorder(ValueProbes):
    """Probes that remember what they were given, and predict the mean."""

    def __init__(self, *, edge=False):
        self.edge, self.given = edge, []

    def linear(self, train, targets, groups, test):
        self.given.append((train, targets, groups))
        return Linear(np.full(len(test), targets.mean()), self.edge)

    def mlp(self, train, targets, test, seed):
        return np.full(len(test), float(seed))


def features(seed, count=30):
    return np.random.default_rng(seed).normal(size=(count, 2))


def run(recorder, seed=0, **spec):
    return predict(recorder, "share", (features(seed), TRUTH, GROUPS), features(9, 7), {**SPEC, **spec})


def test_heads_are_those_that_were_chosen_and_few_is_always_there():
    assert list(run(Recorder())) == ["linear", "knn", "mlp", "few"]
    assert list(run(Recorder(), heads=["knn", "linear"])) == ["linear", "knn", "few"]
    assert list(run(Recorder(), heads=[])) == ["few"]


def test_predictions_have_draws_in_front():
    found = run(Recorder())
    assert {name: values.shape for name, values in found.items()} == {
        "linear": (1, 7), "knn": (1, 7), "mlp": (1, 7), "few": (4, 7),
    }  # fmt: skip
    assert {values.dtype for values in found.values()} == {np.dtype(np.float32)}


def test_draws_are_the_same_whatever_the_features():
    one, other = Recorder(), Recorder()
    run(one, seed=1)
    run(other, seed=2)
    drawn = [given[1].tolist() for given in one.given[1:]]
    assert drawn == [given[1].tolist() for given in other.given[1:]]
    assert [len(targets) for targets in drawn] == [6] * 4
    assert len({tuple(targets) for targets in drawn}) == 4
    assert all(len(set(given[2].tolist())) <= 3 for given in one.given[1:])


def test_a_penalty_at_an_edge_is_told(monkeypatch):
    told = []
    monkeypatch.setattr(probes.console, "print", told.append)
    run(Recorder())
    assert told == []
    run(Recorder(edge=True))
    assert "share, linear: penalty at the end of its range, 1 of 1 fits" in told[0]
    assert "share, few: penalty at the end of its range, 4 of 4 fits" in told[1]


@pytest.mark.parametrize("heads", [["linear"], ["mlp"]])
def test_a_head_does_not_depend_on_the_others(heads):
    alone, all_of_them = run(ValueProbes(), heads=heads), run(ValueProbes())
    for name, values in alone.items():
        assert np.array_equal(values, all_of_them[name])
