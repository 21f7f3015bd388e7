"""Coordinates of tiles in HDF5, as TRIDENT and CLAM both lay them out: a data set ``coords`` and its attributes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np

from pipeline.commands.export.complete import CompleteSlide
from pipeline.core.errors import ProductError
from pipeline.core.manifests.slides import Level0


class Cut(Protocol):
    """A slide and how it is cut; see :class:`pipeline.commands.export.complete.CompleteSlide`."""

    @property
    def name(self) -> str: ...
    @property
    def level0(self) -> Level0: ...
    @property
    def mpp(self) -> float: ...
    @property
    def size(self) -> int: ...
    @property
    def overlap(self) -> int: ...
    @property
    def side_level0(self) -> float: ...


def one_frame(slides: list[CompleteSlide]) -> list[CompleteSlide]:
    """The slides; raises ProductError where one is made of many images, for coordinates do not say of which."""
    several = [slide for slide in slides if slide.store.has("region")]
    if several:
        names = ", ".join(slide.name for slide in several[:20])
        raise ProductError(
            f"coordinates are of one image, these slides are made of many: {names}",
            where=str(several[0].store.path),
            fix="export them with '--to png', or name the other slides",
        )
    return slides


def write_coordinates(path: Path, xy: np.ndarray, attributes: Mapping[str, Any]) -> None:
    """Writes ``coords``, int64 (tile, 2) level-0 pixels, that can be appended to; the same bytes for the same tiles."""
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("coords", data=xy, maxshape=(None, 2))
        data.attrs.update(attributes)
