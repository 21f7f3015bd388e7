"""Tiles as pictures."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.commands.export.tiles import Tiles
from pipeline.core.console import track

COLUMNS = ("file", "slide", "x", "y", "label", "tissue", "split")
BLOCK = 64  # tiles held at once beside the store's own shard


def write_pngs(slides: list[Tiles], folder: Path) -> None:
    """Writes ``{slide}/{x}_{y}.png`` per tile, x and y its corner in level-0 pixels, and ``tiles.csv``.

    A slide of many images has ``{slide}/{region}_{x}_{y}.png``, the region being the image's place in order of names.
    ``tiles.csv`` has a line per tile: its file, slide, corner, label (empty where none), share of tissue, and split.
    """
    with (folder / "tiles.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for tiles in slides:
            (folder / tiles.slide).mkdir()
            images = (image for block in tiles.store.blocks(BLOCK) for image in block)
            for row, image in track(zip(_rows(tiles), images, strict=True), tiles.slide, total=len(tiles.store)):
                Image.fromarray(image).save(folder / row["file"])
                table.writerow(row)


def _rows(tiles: Tiles) -> Iterator[dict[str, str]]:
    """The lines of ``tiles.csv``."""
    store = tiles.store
    names = [*store.attributes.get("label_names", []), ""]  # the last is that of label -1
    xy, tissue = store.column("xy"), store.column("tissue")
    label = store.column("label") if store.has("label") else np.full(len(xy), -1)
    region = [f"{place}_" for place in store.column("region")] if store.has("region") else [""] * len(xy)
    for (x, y), share, index, place in zip(xy.tolist(), tissue, label, region, strict=True):
        values = (f"{tiles.slide}/{place}{x}_{y}.png", tiles.slide, x, y, names[index], f"{share:.4f}")
        yield dict(zip(COLUMNS, (*map(str, values), tiles.manifest["split"]), strict=True))
