"""What the regions annotated on a slide, or the label of all of it, say about its tiles."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.files import Json
from pipeline.study.sheet import Slide
from pipeline.tile.grid import Grid
from pipeline.tile.labels import read_annotations, share_within, tile_labels


class Annotated:
    """A slide's annotations.

    Args:
        slide: The slide.
        spec: The ``tile`` section of the study: min_label, within.
        images: Of the slide; annotations are of one.
    """

    def __init__(self, slide: Slide, spec: Json, *, images: int) -> None:
        self.slide, self.spec, self.images = slide, spec, images

    def labels(self, grid: Grid, *, width: int, height: int) -> tuple[list[str], np.ndarray | None]:
        """Class names and int16 (tile,), index into them or -1; None where nothing says.

        Args:
            grid: The tiles.
            width: Of the image, level-0 pixels.
            height: Of the image, level-0 pixels.

        Raises:
            SlideError: The annotations cannot be used.
        """
        if self.slide.annotations:
            regions = self._regions()
            return tile_labels(regions, grid, width=width, height=height, min_label=self.spec["min_label"])
        if self.slide.label:
            return [self.slide.label], np.zeros(len(grid.xy), np.int16)
        return [], None

    def inside(self, grid: Grid, *, width: int, height: int) -> np.ndarray:
        """Whether tiles lie within regions of the classes that the study asks for: bool (tile,).

        Raises:
            SlideError: The slide has no such region, or none that holds a tile.
        """
        wanted = self.spec["within"]
        if not wanted or not len(grid.xy):
            return np.ones(len(grid.xy), bool)
        regions = self._regions()
        found = [regions[name] for name in wanted if name in regions]
        share = share_within(found, grid, width=width, height=height)
        inside = (share >= self.spec["min_label"]) & (share > 0)
        if not np.any(inside):
            classes = " or ".join(map(repr, wanted))
            problem = f"no region of class {classes}; it has {', '.join(regions) or 'none'}"
            if found:
                problem = f"no tile with tissue lies by {self.spec['min_label']:.0%} in a region of class {classes}"
            raise SlideError(
                problem,
                where=self.slide.annotations or self.slide.path,
                fix="annotate such regions in QuPath, fill the column 'annotations', or empty tile.within",
            )
        return np.asarray(inside)

    def _regions(self) -> dict[str, list[list[np.ndarray]]]:
        if self.slide.annotations and self.images > 1:
            raise SlideError(
                f"annotations of one image for a slide of {self.images}",
                where=self.slide.annotations,
                fix="use the column 'label', or give each image a row",
            )
        return read_annotations(Path(self.slide.annotations)) if self.slide.annotations else {}
