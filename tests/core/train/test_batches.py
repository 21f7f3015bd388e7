import threading

import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.store import store
from pipeline.core.store.rows import Rows
from pipeline.core.store.store import write_store
from pipeline.core.train.batches import Batches


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


def stores(folder, monkeypatch, *counts):
    """Tiles of one pixel, row *i* of all holds *i*; two to a shard."""
    monkeypatch.setattr(store, "SHARD_BYTES", 2 * 3)
    values = np.split(np.arange(sum(counts), dtype=np.uint8), np.cumsum(counts)[:-1])
    paths = [folder / f"{number}.zarr" for number in range(len(counts))]
    for path, value in zip(paths, values, strict=True):
        images = np.broadcast_to(value[:, None, None, None], (len(value), 1, 1, 3))
        write_store(path, [images], {"xy": np.zeros((len(value), 2), np.int64)}, {}, size=1)
    return Rows(paths)


def test_batches_of_stores_are_those_of_memory(tmp_path, monkeypatch):
    rows = stores(tmp_path, monkeypatch, 5, 3, 4)
    on_disk, in_memory = (Batches({"x": x}, size=5, seed=1) for x in (rows, rows[:]))
    for step in range(6):
        assert torch.equal(on_disk.at(step)["x"], in_memory.at(step)["x"])


@pytest.mark.parametrize("buffer", [None, 4, 100])
def test_a_buffer_keeps_every_row_once_per_epoch(tmp_path, monkeypatch, buffer):
    rows = stores(tmp_path, monkeypatch, 5, 3, 4)
    batches = Batches({"x": rows, "y": np.arange(12)}, size=6, seed=0, buffer=buffer)
    epochs = [[batches.at(step) for step in (2 * epoch, 2 * epoch + 1)] for epoch in range(3)]
    orders = [torch.cat([batch["y"] for batch in epoch]).tolist() for epoch in epochs]
    assert all(sorted(order) == list(range(12)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert all(torch.equal(b["x"][:, 0, 0, 0], b["y"].to(torch.uint8)) for epoch in epochs for b in epoch)


def test_a_buffer_stays_with_few_shards(tmp_path, monkeypatch):
    batches = Batches({"x": stores(tmp_path, monkeypatch, *[10] * 10)}, size=4, seed=0, buffer=8)
    shards = [set((batches.rows("x", step) // 2).tolist()) for step in range(0, 24, 2)]
    assert all(len(shards_of_eight) <= 4 for shards_of_eight in shards)
    assert len(set.union(*shards)) > 12


def test_a_buffer_of_all_is_the_full_shuffle(tmp_path, monkeypatch):
    rows = stores(tmp_path, monkeypatch, 5, 3, 4)
    full, buffered = (Batches({"x": rows}, size=12, seed=0, buffer=buffer) for buffer in (None, 12))
    assert full.rows("x", 3).tolist() == buffered.rows("x", 3).tolist()


def test_a_stream_is_the_batches_from_any_step():
    batches = Batches({"x": np.arange(10)}, size=4, seed=0)
    for start, stop in ((0, 9), (3, 9), (8, 9), (9, 9)):
        streamed = [batch["x"].tolist() for batch in batches.stream(start, stop)]
        assert streamed == [batches.at(step)["x"].tolist() for step in range(start, stop)]


def test_a_mistake_while_reading_ahead_comes_out_at_its_step(tmp_path, monkeypatch):
    rows = stores(tmp_path, monkeypatch, 2, 2)
    batches = Batches({"x": rows}, size=1, seed=0)
    bad = next(step for step in range(4) if batches.rows("x", step)[0] >= 2)
    (tmp_path / "1.zarr/image/c/0/0/0/0").unlink()
    stream = batches.stream(0, 4)
    assert [int(next(stream)["x"][0, 0, 0, 0]) < 2 for _ in range(bad)] == [True] * bad
    with pytest.raises(ProductError, match="No such file"):
        next(stream)


def test_the_reading_thread_ends_with_the_stream():
    before = threading.active_count()
    stream = Batches({"x": np.arange(10)}, size=4, seed=0).stream(0, 9)
    next(stream)
    assert threading.active_count() == before + 1
    stream.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("ranks", [1, 2, 3, 6])
def test_ranks_see_together_what_one_sees_alone(ranks):
    batches = Batches({"x": np.arange(10), "y": np.arange(10) + 100}, size=6, seed=0)
    shares = [batches.share(rank, ranks) for rank in range(ranks)]
    for step in range(5):
        whole, parts = batches.at(step), [share.at(step) for share in shares]
        for name in ("x", "y"):
            assert torch.stack([part[name] for part in parts], 1).flatten().tolist() == whole[name].tolist()


def test_a_batch_that_cannot_be_shared_evenly_is_told():
    with pytest.raises(StudyError, match="a batch of 6 cannot be shared evenly by 4 devices") as error:
        Batches({"x": np.arange(10)}, size=6, seed=0).share(0, 4)
    assert error.value.fix == "a multiple of 4"


def test_a_rank_reads_its_own_rows_alone():
    class Counting(np.ndarray):
        def __getitem__(self, rows):
            asked.append(len(rows))
            return np.asarray(self)[rows]

    asked = []
    batches = Batches({"x": np.arange(10).view(Counting)}, size=6, seed=0)
    batches.share(1, 3).at(0)
    assert asked == [2]


def test_a_batch_is_described_by_its_slides_and_rows(tmp_path):
    for name, count in (("A1-HE", 2), ("B1-HE", 3)):
        images = np.zeros((count, 4, 4, 3), np.uint8)
        write_store(tmp_path / f"{name}.zarr", [images], {"xy": np.zeros((count, 2), np.int64)}, {}, size=4)
    rows = Rows([tmp_path / "A1-HE.zarr", tmp_path / "B1-HE.zarr"])
    aligned = Batches({"label": np.arange(5), "image": rows}, size=5, seed=0).share(0, 5)
    assert sorted(aligned.describe(3).split("; ")) == ["A1-HE rows 0, 1", "B1-HE rows 0, 1, 2"]
    each = Batches({"x": np.arange(5), "y": np.arange(2)}, size=2, seed=0, aligned=False)
    x, y = (", ".join(map(str, sorted(each.rows(name, 1).tolist()))) for name in "xy")
    assert each.describe(1) == f"rows {x}; rows {y}"
