"""Coordinates of tiles in HDF5, as TRIDENT and CLAM both lay them out: a data set ``coords`` and its attributes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py

from pipeline.commands.export.tiles import Tiles
from pipeline.core.errors import ProductError


def one_frame(slides: list[Tiles]) -> list[Tiles]:
    """The slides; raises ProductError where one is made of many images, for coordinates do not say of which."""
    several = [tiles for tiles in slides if tiles.store.has("region")]
    if several:
        names = ", ".join(tiles.slide for tiles in several[:20])
        raise ProductError(
            f"coordinates are of one image, these slides are made of many: {names}",
            where=str(several[0].store.path),
            fix="export them with '--to png', or name the other slides",
        )
    return slides


def write_coordinates(path: Path, tiles: Tiles, attributes: Mapping[str, Any]) -> None:
    """Writes ``coords``, int64 (tile, 2) level-0 pixels, that can be appended to; the same bytes for the same tiles."""
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("coords", data=tiles.store.column("xy"), maxshape=(None, 2))
        data.attrs.update(attributes)
