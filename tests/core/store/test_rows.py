import pickle
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import ProductError
from pipeline.core.store import rows as module
from pipeline.core.store import store
from pipeline.core.store.array import TileArray
from pipeline.core.store.rows import Rows
from pipeline.core.store.shard import ABSENT, Shard
from pipeline.core.store.store import write_store

SIZE = 4
TILE = SIZE * SIZE * 3
OPENED = Path("/proc/self/fd")


def write(folder, counts, per_shard=3, size=SIZE):
    """Stores of noise; returns their paths and all tiles."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8) for count in counts]
    paths = [folder / f"{number}.zarr" for number in range(len(counts))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "SHARD_BYTES", per_shard * size * size * 3)
        for path, tiles in zip(paths, images, strict=True):
            write_store(path, [tiles], {"xy": np.zeros((len(tiles), 2), np.int64)}, {}, size=size)
    return paths, np.concatenate(images)


def shard(path, number):
    return path / "image" / "c" / str(number) / "0" / "0" / "0"


@settings(max_examples=40, deadline=None)
@given(data=st.data(), counts=st.lists(st.integers(0, 20), min_size=1, max_size=5), per_shard=st.integers(1, 9))
def test_any_rows_of_any_stores_are_zarrs(tmp_path_factory, data, counts, per_shard):
    paths, images = write(tmp_path_factory.mktemp("stores"), counts, per_shard)
    joined = np.concatenate([zarr.open_group(path, mode="r")["image"][:] for path in paths])
    assert np.array_equal(joined, images)
    every = st.lists(st.integers(0, sum(counts) - 1)) if sum(counts) else st.just([])
    asked = np.array(data.draw(every), np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SHARE", data.draw(st.integers(1, 5)) * TILE)
        patch.setattr(module, "OPEN", data.draw(st.integers(1, 3)))
        found = Rows(paths)
        assert found.shape == images.shape
        assert np.array_equal(found[asked], images[asked])
        taken = found.take(asked)
        again = np.arange(len(asked))[::-2]
        assert np.array_equal(taken[again], images[asked][::-2])
        assert np.array_equal(taken.take(again)[:], images[asked][::-2])


@settings(max_examples=20, deadline=None)
@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=4), per_shard=st.integers(1, 4))
def test_a_run_is_a_shard(tmp_path_factory, counts, per_shard):
    paths, _ = write(tmp_path_factory.mktemp("stores"), counts, per_shard)
    lengths = [min(per_shard, count - first) for count in counts for first in range(0, count, per_shard)]
    assert Rows(paths).runs().tolist() == np.cumsum(lengths)[:-1].tolist()


def test_tiles_that_zarr_left_out_are_black(tmp_path):
    (path,), images = write(tmp_path, [7], per_shard=7)
    images[2:5] = 0
    zarr.open_group(path, mode="r+")["image"][:] = images
    absent = Shard(shard(path, 0), 7).index[:, 0] == ABSENT
    assert absent.tolist() == [False, False, True, True, True, False, False]
    assert np.array_equal(Rows([path])[:], images)


@pytest.mark.parametrize("codec", ["zstd", "lz4hc", "blosclz"])
def test_any_blosc_can_be_read(tmp_path, codec):
    (path,), images = write(tmp_path, [7])
    group = zarr.open_group(path, mode="r+")
    codecs = zarr.codecs.BloscCodec(cname=codec, clevel=3, shuffle="bitshuffle", typesize=1)
    shape = (1, SIZE, SIZE, 3)
    group.create_array("image", data=images, chunks=shape, shards=(3, *shape[1:]), compressors=codecs, overwrite=True)
    assert np.array_equal(Rows([path])[:], images)


@pytest.mark.parametrize("rows", [[-1], [3, 10], [0, 11]])
def test_no_such_row(tmp_path, rows):
    paths, _ = write(tmp_path, [4, 6])
    with pytest.raises(IndexError, match="of 10"):
        Rows(paths)[np.array(rows)]


def test_stores_of_two_tile_sizes(tmp_path):
    (small,), _ = write(tmp_path / "a", [2])
    (large,), _ = write(tmp_path / "b", [2], size=8)
    with pytest.raises(ProductError, match="found 4 x 4 x 3 uint8, 8 x 8 x 3 uint8"):
        Rows([large, small])


def test_no_store(tmp_path):
    with pytest.raises(ProductError, match="no tile store"):
        Rows([tmp_path / "x.zarr"])
    with pytest.raises(ProductError, match="found no store"):
        Rows([])


def damage(path, kind):
    content = bytearray(path.read_bytes())
    if kind == "cut":
        content = content[: len(content) // 2]
    elif kind == "empty":
        content.clear()
    elif kind == "index":
        content[-20] ^= 1
    elif kind == "tile":
        content[12:16] = b"\xff\xff\xff\x7f"  # blosc's length of the first tile
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "message"),
    [("cut", "index is damaged"), ("empty", "cut off"), ("index", "index is damaged"), ("tile", "tile 0 has another")],
)
def test_a_damaged_shard_is_named(tmp_path, kind, message):
    (path,), _ = write(tmp_path, [6])
    damage(shard(path, 1), kind)
    with pytest.raises(ProductError, match=message) as error:
        Rows([path])[:]
    assert error.value.where == str(shard(path, 1))
    assert Rows([path])[:3].shape == (3, SIZE, SIZE, 3)


def test_a_missing_shard_is_no_black_tile(tmp_path):
    (path,), _ = write(tmp_path, [6])
    shard(path, 1).unlink()
    with pytest.raises(ProductError, match="No such file"):
        Rows([path])[:]


@pytest.mark.skipif(not OPENED.is_dir(), reason="open files cannot be counted here")
def test_many_stores_few_open_files(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "OPEN", 5)
    paths, images = write(tmp_path, [2] * 40)
    before = len(list(OPENED.iterdir()))
    found = Rows(paths)
    assert np.array_equal(found[:], images)
    assert len(list(OPENED.iterdir())) == before + 5
    del found
    assert len(list(OPENED.iterdir())) == before


def test_an_index_is_read_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "OPEN", 1)
    paths, images = write(tmp_path, [2] * 4)
    found = Rows(paths)
    assert np.array_equal(found[:], images)
    for path in paths:
        damage(shard(path, 0), "index")
    assert np.array_equal(found[:], images)


def test_threads_share_it(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "OPEN", 2)
    monkeypatch.setattr(module, "SHARE", TILE)
    paths, images = write(tmp_path, [7] * 6)
    found, rng = Rows(paths), np.random.default_rng(0)
    asked = [rng.integers(0, len(images), 20) for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(found.__getitem__, asked))
    assert all(np.array_equal(answer, images[rows]) for answer, rows in zip(answers, asked, strict=True))


def test_no_thread_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SHARE", TILE)
    paths, _ = write(tmp_path, [9])
    before = threading.active_count()
    Rows(paths)[:]
    assert threading.active_count() == before


@pytest.mark.parametrize("copied", [lambda rows: pickle.loads(pickle.dumps(rows)), Rows.ahead])  # noqa: S301
def test_a_copy_reads_the_same(tmp_path, copied):
    paths, images = write(tmp_path, [5, 4])
    taken = Rows(paths).take(np.array([8, 1, 4]))
    taken[:]
    assert np.array_equal(copied(taken)[:], images[[8, 1, 4]])


@pytest.mark.slow
def test_a_batch_holds_no_store(tmp_path):
    size, count, block = 256, 1000, np.random.default_rng(0).integers(0, 256, (50, 256, 256, 3), dtype=np.uint8)
    tracemalloc.start()
    write_store(
        tmp_path / "s.zarr", (block for _ in range(count // 50)), {"xy": np.zeros((count, 2), np.int64)}, {}, size=size
    )
    _, writing = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    found = Rows([tmp_path / "s.zarr"])
    rng = np.random.default_rng(1)
    for _ in range(10):
        found[rng.integers(0, count, 32)]
    _, reading = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert writing < 2 * store.SHARD_BYTES
    assert reading - before < 3 * 32 * size * size * 3


def test_rows_are_found_in_their_stores(tmp_path):
    paths, _ = write(tmp_path, [4, 0, 3])
    rows = Rows(paths)
    assert rows.places(np.array([6, 0, 3, 4])) == {paths[2]: [2, 0], paths[0]: [0, 3]}
    assert rows.take(np.array([5, 1])).places(np.array([0, 1])) == {paths[2]: [1], paths[0]: [1]}


def write_ids(path, dtype, values):
    """A store whose instances are wide or narrow, by other names."""
    arrays = {"image": TileArray(), "instance": TileArray(dtype, None)}
    ids = np.full((len(values), SIZE, SIZE), 0, dtype) + np.array(values, dtype).reshape(-1, 1, 1)
    block = {"image": np.zeros((len(values), SIZE, SIZE, 3), np.uint8), "instance": ids}
    write_store(path, [block], {"xy": np.zeros((len(values), 2), np.int64)}, {}, size=SIZE, arrays=arrays)
    return path


def test_instances_of_narrow_and_wide_stores_are_as_wide_as_the_widest(tmp_path):
    stores = [write_ids(tmp_path / "a.zarr", "uint16", [1, 2]), write_ids(tmp_path / "b.zarr", "uint32", [70_000])]
    found = Rows(stores, "instance")
    assert (found.dtype, found.shape) == (np.uint32, (3, SIZE, SIZE))
    assert found[np.array([2, 0, 1])][:, 0, 0].tolist() == [70_000, 1, 2]
    assert (found[:] == np.array([1, 2, 70_000]).reshape(-1, 1, 1)).all()
    assert Rows(stores[:1], "instance").dtype == np.uint16
