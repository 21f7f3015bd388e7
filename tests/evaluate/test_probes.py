import numpy as np
import pytest

from pipeline.evaluate import probes
from pipeline.evaluate.penalty import Linear
from pipeline.evaluate.probes import Asked, predict
from pipeline.evaluate.regression import ValueProbes

SPEC = {"seed": 0, "heads": ["linear", "knn", "mlp"], "few": 6, "few_patients": 3, "draws": 4, "neighbours": 3}
GROUPS = np.repeat(list("abcdef"), 5)
TRUTH = np.arange(30) / 30


class Recorder(ValueProbes):
    """Probes that remember what they were given, and predict the mean."""

    def __init__(self, *, edge=False):
        self.edge, self.given = edge, []

    def linear(self, train, targets, groups):
        self.given.append((train, targets, groups))
        return Linear(lambda test: np.full(len(test), targets.mean()), self.edge)

    def mlp(self, train, targets, test, seed):
        return np.full(len(test), float(seed))


def features(seed, count=30):
    return np.random.default_rng(seed).normal(size=(count, 2))


def asked(seed):
    return Asked("share", features(seed), TRUTH, GROUPS, features(seed + 50, 7))


def run(recorder, seed=0, *, colour=False, **spec):
    return predict(recorder, asked(seed), {**SPEC, **spec}, asked(100) if colour else None)


def test_heads_are_those_that_were_chosen_and_few_is_always_there():
    assert list(run(Recorder())) == ["linear", "knn", "mlp", "few", "permuted"]
    assert list(run(Recorder(), heads=["knn", "linear"])) == ["linear", "knn", "few", "permuted"]
    assert list(run(Recorder(), heads=[])) == ["few", "permuted"]


def test_predictions_have_draws_in_front():
    found = run(Recorder())
    assert {name: values.shape for name, values in found.items()} == {
        "linear": (1, 7), "knn": (1, 7), "mlp": (1, 7), "few": (4, 7), "permuted": (2, 7),
    }  # fmt: skip
    assert {values.dtype for values in found.values()} == {np.dtype(np.float32)}


def test_draws_are_the_same_whatever_the_features():
    one, other = Recorder(), Recorder()
    run(one, seed=1)
    run(other, seed=2)
    drawn = [given[1].tolist() for given in one.given[1:5]]
    assert drawn == [given[1].tolist() for given in other.given[1:5]]
    assert [len(targets) for targets in drawn] == [6] * 4
    assert len({tuple(targets) for targets in drawn}) == 4
    assert all(len(set(given[2].tolist())) <= 3 for given in one.given[1:])


def test_permuted_are_the_labels_alone_and_within_the_draw():
    recorder = Recorder()
    run(recorder)
    for few, permuted in zip(recorder.given[1:3], recorder.given[5:], strict=True):
        assert np.array_equal(few[0], permuted[0])
        assert np.array_equal(few[2], permuted[2])
        assert sorted(few[1]) == sorted(permuted[1])
        assert few[1].tolist() != permuted[1].tolist()


def test_colour_stands_beside_the_features_of_the_same_tiles():
    recorder = Recorder()
    assert list(run(recorder, colour=True))[-2:] == ["linear_colour", "few_colour"]
    linear, few = recorder.given[0], recorder.given[1:5]
    both, few_both = recorder.given[7], recorder.given[8:]
    assert np.array_equal(both[0], np.hstack([linear[0], features(100)]))
    for one, other in zip(few, few_both, strict=True):
        assert np.array_equal(one[0], other[0][:, :2])
        assert np.array_equal(one[1], other[1])
    assert "linear_colour" not in run(Recorder(), colour=True, heads=["knn"])


def test_what_colour_knows_is_added_to_features_that_know_nothing():
    rng = np.random.default_rng(0)
    groups, truth = np.repeat(np.arange(10), 20), rng.normal(size=200)
    noise, colour = rng.normal(size=(200, 3)), truth[:, None]
    features, colours = (Asked("t", x, truth, groups, x) for x in (noise, colour))
    found = predict(ValueProbes(), features, {**SPEC, "few": 50, "few_patients": None}, colours)
    residual = {name: float(np.square(values - truth).mean()) for name, values in found.items()}
    assert residual["few"] > 0.8
    assert residual["linear_colour"] < 0.01
    assert residual["few_colour"] < 0.01
    assert residual["permuted"] > 0.8


def test_a_penalty_at_an_edge_is_told(monkeypatch):
    told = []
    monkeypatch.setattr(probes.console, "print", told.append)
    run(Recorder())
    assert told == []
    run(Recorder(edge=True))
    assert "share, linear: penalty at the end of its range, 1 of 1 fits" in told[0]
    assert "share, few: penalty at the end of its range, 4 of 4 fits" in told[1]


def test_a_permuted_null_that_wants_the_strongest_penalty_is_not_told(monkeypatch):
    told = []
    monkeypatch.setattr(probes.console, "print", told.append)
    run(Recorder(edge=True), heads=[])
    assert len(told) == 1


@pytest.mark.parametrize("heads", [["linear"], ["mlp"]])
def test_a_head_does_not_depend_on_the_others(heads):
    alone, all_of_them = run(ValueProbes(), heads=heads), run(ValueProbes())
    for name, values in alone.items():
        assert np.array_equal(values, all_of_them[name])
