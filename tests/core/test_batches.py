import numpy as np
import pytest

from pipeline.core.batches import Batches
from pipeline.core.errors import ProductError


def test_every_row_once_per_epoch():
    batches = Batches({"x": np.arange(10)}, size=4, seed=0)
    rows = np.concatenate([batches.rows("x", step) for step in range(5)])
    assert sorted(rows[:10]) == sorted(rows[10:]) == list(range(10))


def test_batch_larger_than_the_data_spans_epochs():
    batches = Batches({"x": np.arange(3)}, size=7, seed=0)
    assert (
        np.bincount(np.concatenate([batches.rows("x", 0), batches.rows("x", 1), batches.rows("x", 2)])).tolist()
        == [7] * 3
    )


def test_a_step_does_not_depend_on_the_steps_before():
    one = Batches({"x": np.arange(10)}, size=4, seed=3)
    two = Batches({"x": np.arange(10)}, size=4, seed=3)
    for step in range(7):
        one.at(step)
    assert one.at(7)["x"].tolist() == two.at(7)["x"].tolist()


def test_seeds_differ():
    orders = {tuple(Batches({"x": np.arange(50)}, size=50, seed=seed).rows("x", 0)) for seed in range(5)}
    assert len(orders) == 5


def test_aligned_arrays_share_the_order():
    batch = Batches({"x": np.arange(10), "y": np.arange(10) + 100}, size=6, seed=0).at(1)
    assert (batch["y"] - batch["x"]).tolist() == [100] * 6


def test_independent_arrays_may_differ_in_length_and_order():
    batches = Batches({"x": np.arange(40), "y": np.arange(30)}, size=20, seed=0, aligned=False)
    assert batches.at(0)["x"].tolist() != batches.at(0)["y"].tolist()


@pytest.mark.parametrize("arrays", [{"x": np.arange(0)}, {"x": np.arange(3), "y": np.arange(4)}])
def test_unusable_arrays(arrays):
    with pytest.raises(ProductError, match="aligned, non-empty"):
        Batches(arrays, size=2, seed=0)
