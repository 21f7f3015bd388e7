"""Stores of more than 8-bit RGB: any number of channels, wider numbers, and labels beside the image."""

import subprocess
import sys

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.digests import digest_array, digest_bytes
from pipeline.core.errors import ProductError
from pipeline.core.store import store
from pipeline.core.store.array import TileArray
from pipeline.core.store.rows import Rows
from pipeline.core.store.shard import Shard
from pipeline.core.store.store import TileStore, write_store

SIZE = 4
LABELS = {"image": TileArray(), "mask": TileArray("uint8", None), "instance": TileArray("uint16", None)}
DECLARED = st.builds(TileArray, st.sampled_from(["uint8", "uint16", "uint32"]), st.none() | st.integers(1, 6))


def values(array, count, seed=0, size=SIZE):
    top = np.iinfo(array.dtype).max
    return np.random.default_rng(seed).integers(0, top, (count, *array.shape(size)), array.dtype, endpoint=True)


def noise(arrays, count):
    return {name: values(array, count, seed) for seed, (name, array) in enumerate(arrays.items())}


def write(path, parts, arrays, cuts=(), **columns):
    count = len(next(iter(parts.values())))
    blocks = ({name: part[rows] for name, part in parts.items()} for rows in np.split(np.arange(count), cuts))
    columns = {"xy": np.zeros((count, 2), np.int64), **columns}
    return write_store(path, blocks, columns, {"slide": "s"}, size=SIZE, arrays=arrays)


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(), array=DECLARED, count=st.integers(0, 20), shard_bytes=st.integers(1, 1000), cut=st.integers(0, 20)
)
def test_what_goes_in_comes_out_here_and_in_zarr(tmp_path_factory, data, array, count, shard_bytes, cut):
    arrays = {"image": TileArray(), "more": array}
    parts, path = noise(arrays, count), tmp_path_factory.mktemp("store") / "s.zarr"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "SHARD_BYTES", shard_bytes)
        write(path, parts, arrays, [min(cut, count)])
    rows = np.array(data.draw(st.lists(st.integers(0, count - 1)) if count else st.just([])), np.int64)
    group = zarr.open_group(path, mode="r")
    for name, part in parts.items():
        assert np.array_equal(group[name][:], part)
        found = Rows([path], name)
        assert (found.shape, found.dtype) == (part.shape, part.dtype)
        assert found[rows].dtype == part.dtype
        assert np.array_equal(found[rows], part[rows])
        assert np.array_equal(TileStore(path).array(name)[:], part)


@pytest.mark.parametrize("array", [TileArray("uint16", 5), TileArray("uint32", None), TileArray("uint8", 1)])
@pytest.mark.parametrize("smooth", [False, True])
def test_zarr_writes_the_same_shards(tmp_path, monkeypatch, array, smooth):
    tiles = values(array, 10, size=32)
    if smooth:  # but not black: zarr leaves such a tile out
        tiles[:] = np.arange(1, 11).reshape(-1, *[1] * (tiles.ndim - 1))
    monkeypatch.setattr(store, "SHARD_BYTES", 4 * tiles[0].nbytes)
    xy = {"xy": np.zeros((10, 2), np.int64)}
    write_store(tmp_path / "s.zarr", [{"more": tiles}], xy, {}, size=32, arrays={"more": array})
    shards = sorted(path for path in (tmp_path / "s.zarr/more/c").rglob("*") if path.is_file())
    ours = [path.read_bytes() for path in shards]
    zarr.open_group(tmp_path / "s.zarr", mode="r+")["more"][:] = tiles
    assert len(ours) == 3
    assert [path.read_bytes() for path in shards] == ours


def test_every_array_is_described(tmp_path):
    write(tmp_path / "s.zarr", noise(LABELS, 3), LABELS)
    group = zarr.open_group(tmp_path / "s.zarr", mode="r")
    found = {
        name: (group[name].dtype.name, group[name].chunks, group[name].metadata.dimension_names) for name in LABELS
    }
    assert found == {
        "image": ("uint8", (1, 4, 4, 3), ("tile", "y", "x", "c")),
        "mask": ("uint8", (1, 4, 4), ("tile", "y", "x")),
        "instance": ("uint16", (1, 4, 4), ("tile", "y", "x")),
    }
    assert TileStore(tmp_path / "s.zarr").arrays == LABELS


def test_a_shard_has_as_many_tiles_as_its_bytes_allow(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SHARD_BYTES", 96)
    write(tmp_path / "s.zarr", noise(LABELS, 12), LABELS)
    group = zarr.open_group(tmp_path / "s.zarr", mode="r")
    assert {name: group[name].shards[0] for name in LABELS} == {"image": 2, "mask": 6, "instance": 3}


@pytest.mark.parametrize(
    ("array", "top", "share"),
    [(TileArray("uint16", 5), 1 << 10, 0.65), (TileArray("uint16", 5), 1 << 15, 1.01), (TileArray(), 1 << 6, 1.01)],
)
def test_upper_bits_that_are_alike_take_no_room_in_a_wide_image(tmp_path, array, top, share):
    """10 random bits of 16 are kept as such; 15 of 16, and 6 of 8 in a narrow image, are left as they are."""
    tiles = np.random.default_rng(0).integers(0, top, (2, *array.shape(64)), array.dtype)
    xy = {"xy": np.zeros((2, 2), np.int64)}
    write_store(tmp_path / "s.zarr", [tiles], xy, {}, size=64, arrays={"image": array})
    lengths = Shard(tmp_path / "s.zarr/image/c/0/0/0/0", 2).index[:, 1] / tiles[0].nbytes
    assert lengths.max() < share
    assert lengths.min() > share - 0.03


def test_digests_are_of_every_array(tmp_path):
    parts = noise(LABELS, 5)
    digests = write(tmp_path / "s.zarr", parts, LABELS, [2], tissue=np.ones(5, np.float32))
    assert list(digests) == ["image", "mask", "instance", "xy", "tissue"]
    assert all(digests[name] == digest_bytes(digest_array(part).encode()) for name, part in parts.items())
    parts["instance"][4, 3, 3] ^= 1
    changed = write(tmp_path / "s.zarr", parts, LABELS)
    assert [name for name in parts if changed[name] != digests[name]] == ["instance"]


def test_columns_are_not_pixels(tmp_path):
    write(tmp_path / "s.zarr", noise(LABELS, 5), LABELS, label=np.arange(5))
    opened = TileStore(tmp_path / "s.zarr")
    assert sorted(opened.columns()) == ["label", "xy"]
    assert opened.columns()["label"].tolist() == [0, 1, 2, 3, 4]
    assert (opened.has("mask"), opened.has("label"), opened.has("tissue")) == (True, True, False)


def test_blocks_of_all_arrays_make_the_same_store(tmp_path):
    parts = noise(LABELS, 7)
    digests = write(tmp_path / "a.zarr", parts, LABELS)
    parent = TileStore(tmp_path / "a.zarr")
    blocks = list(parent.parts(3))
    assert [len(block["mask"]) for block in blocks] == [3, 3, 1]
    again = write_store(tmp_path / "b.zarr", blocks, parent.columns(), {}, size=SIZE, arrays=parent.arrays)
    assert again == digests


def test_no_tile_at_all(tmp_path):
    write(tmp_path / "s.zarr", noise(LABELS, 0), LABELS)
    opened = TileStore(tmp_path / "s.zarr")
    assert (len(opened), opened.array("mask").shape, opened.array("instance")[:].shape) == (0, (0, 4, 4), (0, 4, 4))
    assert opened.arrays == LABELS


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint64", "bool"])
def test_a_dtype_that_no_store_has(dtype):
    with pytest.raises(ProductError, match=f"a tile array of {dtype}") as error:
        TileArray(dtype)
    assert error.value.fix == "one of: uint8, uint16, uint32"


def test_an_image_without_channels():
    with pytest.raises(ProductError, match="of 0 channels"):
        TileArray("uint8", 0)


def test_tiles_of_another_dtype_than_announced(tmp_path):
    parts = {**noise(LABELS, 2), "instance": np.zeros((2, SIZE, SIZE), np.uint32)}
    with pytest.raises(ProductError, match=r"got 2 tiles of uint32 \(4, 4\) for 'instance'") as error:
        write(tmp_path / "s.zarr", parts, LABELS)
    assert error.value.fix == "expected 2 tiles of uint16 (4, 4)"
    assert not (tmp_path / "s.zarr").exists()


def test_a_block_without_one_of_the_arrays(tmp_path):
    parts = noise(LABELS, 2)
    del parts["mask"]
    with pytest.raises(ProductError, match="got tiles of image, instance") as error:
        write(tmp_path / "s.zarr", parts, LABELS)
    assert error.value.fix == "expected image, instance, mask"


def test_a_block_with_fewer_tiles_in_one_array(tmp_path):
    parts = noise(LABELS, 3)
    parts["mask"] = parts["mask"][:2]
    with pytest.raises(ProductError, match="got 2 tiles of uint8"):
        write_store(tmp_path / "s.zarr", [parts], {"xy": np.zeros((3, 2), np.int64)}, {}, size=SIZE, arrays=LABELS)


def test_an_array_that_the_store_has_not(tmp_path):
    write(tmp_path / "s.zarr", noise(LABELS, 2), LABELS)
    with pytest.raises(ProductError, match="no 'depth'") as error:
        Rows([tmp_path / "s.zarr"], "depth")
    assert error.value.fix == "it has: image, instance, mask, xy"


def test_a_column_is_no_array_of_tiles(tmp_path):
    write(tmp_path / "s.zarr", noise(LABELS, 2), LABELS)
    with pytest.raises(ProductError, match="'xy' has no pixels for every tile") as error:
        TileStore(tmp_path / "s.zarr").array("xy")
    assert error.value.fix == "those have: image, instance, mask"


def test_stores_of_two_dtypes(tmp_path):
    paths = [tmp_path / f"{dtype}.zarr" for dtype in ("uint8", "uint16")]
    for path in paths:
        arrays = {"image": TileArray(path.stem, 5)}
        write(path, noise(arrays, 2), arrays)
    with pytest.raises(ProductError, match="found 4 x 4 x 5 uint16, 4 x 4 x 5 uint8"):
        Rows(paths)


def test_reading_tiles_needs_no_zarr():
    code = "import sys, pipeline.core.store.store; assert 'zarr' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
