"""The tile store's own writer and reader, against TensorStore and zarrs; where they are near enough, ours go.

Both are asked for in the extra ``bench``; a race against one that is not installed is left out.
"""

import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import zarr
from zarr.codecs import BloscCodec

from pipeline.core.console import console
from pipeline.core.digests import digest_array
from pipeline.core.files import read_json, remove
from pipeline.core.store.rows import Rows
from pipeline.core.store.store import write_store

from .race import Race, race
from .slides import cut_tiles, make_slide

TILES, BLOCK, BATCH, THREADS, ROUNDS = 2000, 64, 64, 8, 7
SIDES = {256: 8192, 64: 4096}  # of a tile, and of the slide it comes from
READ = {256: 1280, 64: 5120}  # tiles in a round of random batches
NEAR = 1.25  # slower than that by the other, and ours are worth their lines
BLOSC = {"cname": "lz4", "clevel": 5, "shuffle": "noshuffle", "typesize": 1}

Batches = Callable[[np.ndarray], np.ndarray]


class Rival(Protocol):
    """Another writer and reader of the same Zarr v3 array."""

    name: str

    def write(self, path: Path, tiles: np.ndarray, array: Path) -> None:
        """Writes tiles to ``path`` shard by shard, as the array at ``array`` has them."""
        ...

    def opened(self, array: Path) -> Batches:
        """Gives the tiles at any rows of an array."""
        ...


class TensorStore:
    """TensorStore's ``zarr3`` driver, which reads batches of rows on its own threads."""

    name = "TensorStore"

    def write(self, path: Path, tiles: np.ndarray, array: Path) -> None:
        known = read_json(array / "zarr.json")
        kept = ("shape", "data_type", "chunk_grid", "chunk_key_encoding", "codecs", "fill_value")
        # without waiting for the disk, as the others do
        found = self._open(path, create=True, metadata={key: known[key] for key in kept}, sync=False)
        slots = known["chunk_grid"]["configuration"]["chunk_shape"][0]
        for start in range(0, len(tiles), slots):
            stop = min(start + slots, len(tiles))
            found[start:stop].write(tiles[start:stop]).result()

    def opened(self, array: Path) -> Batches:
        # nothing but the index of shards is worth keeping; files are known not to change
        found = self._open(array, recheck_cached_data="open", recheck_cached_metadata="open")
        return lambda rows: found[rows].read().result()

    def _open(self, path: Path, *, sync: bool = True, **more: Any) -> Any:
        context = {"cache_pool": {"total_bytes_limit": 4 << 20}, "file_io_sync": sync}
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path)}, "context": context, **more}
        return importlib.import_module("tensorstore").open(spec).result()


class Zarrs:
    """zarr-python with the codec pipeline of ``zarrs``; as it takes no lists of rows, threads ask for single ones."""

    name = "zarrs"

    def write(self, path: Path, tiles: np.ndarray, array: Path) -> None:
        slots = read_json(array / "zarr.json")["chunk_grid"]["configuration"]["chunk_shape"][0]
        with self._pipeline():
            found = zarr.create_array(
                path,
                shape=tiles.shape,
                dtype=tiles.dtype,
                chunks=(1, *tiles.shape[1:]),
                shards=(slots, *tiles.shape[1:]),
                compressors=BloscCodec(**BLOSC),
            )
            for start in range(0, len(tiles), slots):
                stop = min(start + slots, len(tiles))
                found[start:stop] = tiles[start:stop]

    def opened(self, array: Path) -> Batches:
        with self._pipeline():
            found = zarr.open_array(array, mode="r")
        pool = ThreadPoolExecutor(THREADS)
        return lambda rows: np.concatenate(list(pool.map(lambda row: found[row : row + 1], rows.tolist())))

    def _pipeline(self) -> Any:
        return zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})


def races(folder: Path) -> Iterator[Race]:
    """Writing all tiles, and reading random batches of the files that ours wrote; they are in the page cache."""
    for size, side in SIDES.items():
        slide = make_slide(folder, side=side)
        tiles = np.resize(cut_tiles(slide, side=side, size=size), (TILES, size, size, 3))
        for rival in _rivals():
            yield _writing(folder, tiles, size, rival)
            yield _reading(folder, tiles, size, rival)


def _rivals() -> Iterator[Rival]:
    for rival, module in ((TensorStore(), "tensorstore"), (Zarrs(), "zarrs")):
        try:
            importlib.import_module(module)
        except ImportError as error:
            console.print(
                f"no race against {rival.name}: {error}; install it with pip install -e '.[bench]'", markup=False
            )
        else:
            yield rival


def _ours(folder: Path, tiles: np.ndarray) -> int:
    blocks = (tiles[start : start + BLOCK] for start in range(0, len(tiles), BLOCK))
    columns = {"xy": np.zeros((len(tiles), 2), np.int64)}
    write_store(folder / "ours.zarr", blocks, columns, {}, size=tiles.shape[1])
    return len(tiles)


def _writing(folder: Path, tiles: np.ndarray, size: int, rival: Rival) -> Race:
    _ours(folder, tiles)

    def theirs() -> int:
        remove(folder / "theirs.zarr")
        with ThreadPoolExecutor(1) as pool:  # a manifest needs the digest, whoever writes
            digest = pool.submit(digest_array, tiles)
            rival.write(folder / "theirs.zarr", tiles, folder / "ours.zarr/image")
            digest.result()
        return len(tiles)

    return race(
        f"write {TILES} tiles of {size} px",
        lambda: _ours(folder, tiles),
        theirs,
        against=rival.name,
        unit="tiles/s",
        aim=NEAR,
        note="digests of the pixels included",
        rounds=ROUNDS,
    )


def _reading(folder: Path, tiles: np.ndarray, size: int, rival: Rival) -> Race:
    _ours(folder, tiles)
    rng = np.random.default_rng(0)
    batches = [rng.permutation(len(tiles))[:BATCH] for _ in range(READ[size] // BATCH)]
    ours, theirs = Rows([folder / "ours.zarr"]), rival.opened(folder / "ours.zarr/image")
    for read in (ours.__getitem__, theirs):
        if not np.array_equal(read(batches[0]), tiles[batches[0]]):
            raise AssertionError(f"other tiles than were written, in a race against {rival.name}")

    def run(read: Batches) -> int:
        return sum(len(read(rows)) for rows in batches)

    return race(
        f"random batches of {BATCH} tiles of {size} px",
        lambda: run(ours.__getitem__),
        lambda: run(theirs),
        against=rival.name,
        unit="tiles/s",
        aim=NEAR,
        rounds=ROUNDS,
    )
