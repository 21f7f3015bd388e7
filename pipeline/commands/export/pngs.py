"""Tiles as pictures."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from pipeline.commands.export.complete import CompleteSlide
from pipeline.core.console import track

BLOCK = 64  # tiles held at once beside the store's own shard


def write_pngs(slides: list[CompleteSlide], folder: Path) -> None:
    """Writes ``{slide}/{x}_{y}.png`` per tile, x and y its corner in level-0 pixels, and ``tiles.csv``.

    A slide of many images has ``{slide}/{region}_{x}_{y}.png``, the region being the image's place in order of names.
    ``tiles.csv`` has a line per tile: its file, slide, corner, label (empty where none), share of tissue, and split.
    """
    tables = []
    for slide in slides:
        table = _table(slide)
        (folder / slide.name).mkdir()
        images = (image for block in slide.store.blocks(BLOCK) for image in block)
        for file, image in track(zip(table["file"], images, strict=True), slide.name, total=len(table)):
            Image.fromarray(image).save(folder / file)
        tables.append(table)
    pd.concat(tables).to_csv(folder / "tiles.csv", index=False, float_format="%.4f", lineterminator="\n")


def _table(slide: CompleteSlide) -> pd.DataFrame:
    """A line per tile."""
    store, count = slide.store, len(slide.store)
    x, y = store.column("xy").T
    names = np.array([*store.attributes.get("label_names", []), ""])  # the last is that of label -1
    label = store.column("label") if store.has("label") else np.full(count, -1)
    region = [f"{place}_" for place in store.column("region")] if store.has("region") else [""] * count
    files = [f"{slide.name}/{r}{a}_{b}.png" for r, a, b in zip(region, x.tolist(), y.tolist(), strict=True)]
    return pd.DataFrame({
        "file": files, "slide": slide.name, "x": x, "y": y, "label": names[label],
        "tissue": store.column("tissue"), "split": slide.manifest.split,
    })  # fmt: skip
