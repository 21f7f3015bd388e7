"""Random-order training batches from a tile store, against a folder of PNGs and against raw pixels."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from pipeline.core.store.rows import Rows
from pipeline.core.store.store import write_store
from pipeline.core.train.batches import Batches

from .race import Race, race
from .slides import cut_tiles, make_slide

SIDE, SIZE, BATCH, WORKERS = 8192, 256, 64, 2


class Pictures(Dataset):  # type: ignore[type-arg]
    """One PNG per tile, opened with Pillow: what training loops commonly read."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> torch.Tensor:
        with Image.open(self.paths[row]) as image:
            return torch.from_numpy(np.array(image.convert("RGB")))


def races(folder: Path) -> Iterator[Race]:
    """The same tiles in three forms, one epoch each; the files are in the page cache."""
    tiles = cut_tiles(make_slide(folder, side=SIDE), side=SIDE, size=SIZE)
    columns = {"xy": np.zeros((len(tiles), 2), np.int64), "tissue": np.ones(len(tiles), np.float32)}
    store, raw, pictures = folder / "tiles.zarr", folder / "tiles.raw", folder / "tiles"
    write_store(store, [tiles], columns, {}, size=SIZE)
    tiles.tofile(raw)
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    for row, tile in enumerate(tiles):
        Image.fromarray(tile).save(pictures / f"{row:06}.png")

    def from_store() -> int:
        return _epoch(Batches({"image": Rows([store])}, size=BATCH, seed=0), len(tiles))

    def from_memmap() -> int:
        mapped = np.memmap(raw, np.uint8, "r", shape=tiles.shape)
        return _epoch(Batches({"image": mapped}, size=BATCH, seed=0), len(tiles))

    def from_pictures() -> int:
        loader = DataLoader(Pictures(sorted(pictures.iterdir())), BATCH, shuffle=True, num_workers=WORKERS)
        return sum(len(batch) for batch in loader)

    name = f"random batches of {BATCH} tiles of {SIZE} px from a store"
    yield race(name, from_store, from_pictures, against=f"PNG folder, Pillow, {WORKERS} workers", unit="tiles/s", aim=5)
    yield race(name, from_store, from_memmap, against="numpy.memmap of raw tiles", unit="tiles/s", aim=0.5)


def _epoch(batches: Batches, rows: int) -> int:
    return sum(len(batch["image"]) for batch in batches.stream(0, rows // BATCH))
