"""Features in HDF5: as TRIDENT and CLAM read them, and as AnnData does. Written block by block."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pipeline.commands.embed.slide import RawSlide
from pipeline.commands.export.hdf5 import write_coordinates
from pipeline.commands.export.trident import attributes

SPATIAL = "spatial"  # what the tools around AnnData call places
TEXT = h5py.string_dtype()


@contextmanager
def bag_file(path: Path, slide: RawSlide, features: int) -> Iterator[h5py.Dataset]:
    """Writes ``features`` float32 (tile, features) and ``coords`` int64 (tile, 2), level-0 pixels of the corner.

    Sources: ``save_h5`` in trident/IO.py and ``extract_slide_features`` in trident/wsi_objects/WSI.py of
    mahmoodlab/TRIDENT; ``Generic_MIL_Dataset`` in dataset_modules/dataset_generic.py of mahmoodlab/CLAM. Both read
    these two names, TRIDENT the attributes of ``coords`` as well.

    Args:
        path: The file.
        slide: Whose tiles.
        features: Of a tile.

    Yields:
        The data set to fill.
    """
    write_coordinates(path, slide.image.grid.xy, attributes(slide))
    with h5py.File(path, "a") as file:
        data = file.create_dataset("features", (len(slide), features), np.float32, maxshape=(None, features))
        data.attrs.update({"name": slide.name, "savetodir": "."})
        yield data


@contextmanager
def anndata_file(path: Path, slide: RawSlide, features: int, facts: dict[str, Any]) -> Iterator[h5py.Dataset]:
    """Writes an AnnData object of a slide: ``X`` the features, ``obs`` the tiles, ``obsm["spatial"]`` their centres.

    All in level-0 pixels. Source: the on-disk format of anndata 0.8 and later,
    https://anndata.readthedocs.io/en/latest/fileformat-prose.html.

    Args:
        path: The file.
        slide: Whose tiles.
        features: Of a tile.
        facts: Texts and numbers that hold for all tiles: ``uns``.

    Yields:
        ``X``, to be filled.
    """
    xy, count = slide.image.grid.xy, len(slide)
    with h5py.File(path, "w") as file:
        _encoded(file, "anndata", "0.1.0")
        data = file.create_dataset("X", (count, features), np.float32)
        _encoded(data, "array", "0.2.0")
        names = [f"{slide.name}_{x}_{y}" for x, y in xy.tolist()]
        tiles = _frame(file, "obs", names, ["slide", "x", "y", "tissue"])
        _categorical(tiles, "slide", np.zeros(count, np.int8), [slide.name])
        for name, column in (("x", xy[:, 0]), ("y", xy[:, 1]), ("tissue", slide.image.tissue)):
            _array(tiles, name, column)
        _frame(file, "var", [str(number) for number in range(features)], [])
        for name in ("layers", "obsm", "obsp", "varm", "varp", "uns"):
            _encoded(file.create_group(name), "dict", "0.1.0")
        _array(file["obsm"], SPATIAL, xy + slide.side_level0 / 2)
        for name, value in facts.items():
            file["uns"][name] = value
            _encoded(file["uns"][name], "string" if isinstance(value, str) else "numeric-scalar", "0.2.0")
        yield data


def _encoded(place: h5py.Group | h5py.Dataset, kind: str, version: str) -> None:
    place.attrs.update({"encoding-type": kind, "encoding-version": version})


def _array(group: h5py.Group, name: str, values: np.ndarray) -> None:
    _encoded(group.create_dataset(name, data=values), "array", "0.2.0")


def _texts(group: h5py.Group, name: str, values: list[str]) -> None:
    _encoded(group.create_dataset(name, data=np.array(values, object), dtype=TEXT), "string-array", "0.2.0")


def _categorical(group: h5py.Group, name: str, codes: np.ndarray, categories: list[str]) -> None:
    column = group.create_group(name)
    _encoded(column, "categorical", "0.2.0")
    column.attrs["ordered"] = False
    _array(column, "codes", codes)
    _texts(column, "categories", categories)


def _frame(file: h5py.File, name: str, index: list[str], columns: list[str]) -> h5py.Group:
    """A data frame without its columns yet."""
    frame = file.create_group(name)
    _encoded(frame, "dataframe", "0.2.0")
    frame.attrs["_index"] = "_index"
    frame.attrs.create("column-order", np.array(columns, object), dtype=TEXT)
    _texts(frame, "_index", index)
    return frame
