import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.digests import digest_array, digest_bytes
from pipeline.core.errors import ProductError
from pipeline.core.store import store, writer
from pipeline.core.store.store import TileStore, write_store


def tiles(count, size=4, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def write(path, images, cuts=(), **columns):
    xy = np.arange(2 * len(images)).reshape(-1, 2)
    return write_store(path, np.split(images, cuts), {"xy": xy, **columns}, {"slide": "s"}, size=images.shape[1])


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 40), cut=st.integers(0, 40), rows=st.integers(1, 17), shard=st.integers(1, 12))
def test_any_blocks_in_any_blocks_out(tmp_path_factory, count, cut, rows, shard):
    images = tiles(count)
    path = tmp_path_factory.mktemp("store") / "s.zarr"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "SHARD_BYTES", shard * images[0].nbytes)
        write(path, images, [min(cut, count)])
    opened = TileStore(path)
    blocks = list(opened.blocks(rows))
    assert np.array_equal(np.concatenate(blocks), images)
    assert all(len(block) == rows for block in blocks[:-1])
    assert np.array_equal(opened.images(), images)
    assert np.array_equal(zarr.open_group(path, mode="r")["image"][:], images)


def test_zarr_writes_the_same_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SHARD_BYTES", 4 * 48)
    images = tiles(10) | 1  # zarr leaves a black tile out
    write(tmp_path / "s.zarr", images)
    shards = sorted(path for path in (tmp_path / "s.zarr/image/c").rglob("*") if path.is_file())
    ours = [path.read_bytes() for path in shards]
    zarr.open_group(tmp_path / "s.zarr", mode="r+")["image"][:] = images
    assert len(ours) == 3
    assert [path.read_bytes() for path in shards] == ours


def test_digest_of_images_is_that_of_the_shards_digests(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SHARD_BYTES", 4 * 48)
    images = tiles(10)
    shards = [digest_array(images[start : start + 4]).encode() for start in (0, 4, 8)]
    assert write(tmp_path / "s.zarr", images, [1, 5, 5])["image"] == digest_bytes(*shards)


def test_layout_is_one_chunk_per_tile_and_few_files(tmp_path):
    write(tmp_path / "s.zarr", tiles(50))
    image = zarr.open_group(tmp_path / "s.zarr", mode="r")["image"]
    assert image.chunks == (1, 4, 4, 3)
    assert image.metadata.dimension_names == ("tile", "y", "x", "c")
    assert sum(path.is_file() for path in (tmp_path / "s.zarr").rglob("*")) <= 6


def test_same_data_same_bytes_and_digests(tmp_path):
    first = write(tmp_path / "a.zarr", tiles(9), [4])
    second = write(tmp_path / "b.zarr", tiles(9), [7])
    assert first == second
    files = sorted(path.relative_to(tmp_path / "a.zarr") for path in (tmp_path / "a.zarr").rglob("*") if path.is_file())
    assert all((tmp_path / "a.zarr" / f).read_bytes() == (tmp_path / "b.zarr" / f).read_bytes() for f in files)


def test_one_grey_level_changes_the_digest(tmp_path):
    images = tiles(9)
    before = write(tmp_path / "a.zarr", images)
    images[8, 3, 3, 2] ^= 1
    assert write(tmp_path / "a.zarr", images)["image"] != before["image"]


def test_columns_and_attributes(tmp_path):
    write(tmp_path / "s.zarr", tiles(3), tissue=np.array([0.5, 1, 0.75], np.float32))
    opened = TileStore(tmp_path / "s.zarr")
    assert opened.column("tissue").tolist() == [0.5, 1, 0.75]
    assert opened.attributes["slide"] == "s"
    with pytest.raises(ProductError, match="no 'label'") as error:
        opened.column("label")
    assert "tissue" in error.value.fix


def test_wrong_number_of_tiles_leaves_no_store(tmp_path):
    with pytest.raises(ProductError, match="got 2 tiles"):
        write_store(tmp_path / "s.zarr", [tiles(2)], {"xy": np.zeros((3, 2), np.int64)}, {}, size=4)
    assert not (tmp_path / "s.zarr").exists()


def test_no_tile_at_all(tmp_path):
    write(tmp_path / "s.zarr", tiles(0))
    opened = TileStore(tmp_path / "s.zarr")
    assert (len(opened), opened.images().shape, list(opened.blocks(8))) == (0, (0, 4, 4, 3), [])


def test_a_store_of_another_version(tmp_path):
    write(tmp_path / "s.zarr", tiles(3))
    zarr.open_group(tmp_path / "s.zarr", mode="r+").attrs["version"] = 1
    with pytest.raises(ProductError, match="store version 1, expected 2"):
        TileStore(tmp_path / "s.zarr")


def test_a_full_disk_is_an_error(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(writer.ShardWriter, "append", full)
    with pytest.raises(OSError, match="disk full"):
        write(tmp_path / "s.zarr", tiles(3))
    assert not (tmp_path / "s.zarr").exists()


def test_interrupted_write_keeps_the_old_store(tmp_path):
    write(tmp_path / "s.zarr", tiles(3))

    def broken():
        yield tiles(1, seed=1)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_store(tmp_path / "s.zarr", broken(), {"xy": np.zeros((3, 2), np.int64)}, {}, size=4)
    assert np.array_equal(TileStore(tmp_path / "s.zarr").images(), tiles(3))
