"""What is asked of one slide: each demand and its error once, for those who cut and those who only check."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.files import Json
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.region import ENLARGE, Region
from pipeline.core.slides.slide import Slide
from pipeline.core.slides.slides import check_together
from pipeline.tile.grid import Grid, make_grid
from pipeline.tile.stage import stage


@dataclass(frozen=True)
class Request:
    """A slide, and what the study asks of its tiles.

    Args:
        slide: Its row of the sheet.
        mpp: µm per stored pixel.
        size: Side of a tile, stored pixels.
        stride: From tile to tile, stored pixels.
        min_tissue: Least share of a tile that is tissue.
        max_tissue: Most.
        min_label: Least share of a tile that a class covers.
        within: Classes of annotated regions outside which no tile is kept.
        pens: Ink is no tissue.
        channels: Stain to the source channels that become red, green and blue.
        coordinates: Folder of coordinates by TRIDENT or CLAM, or empty.
        given: The slide's own file in it; None where there is none.
        histogram: Values are counted, tile by tile, before they are averaged.
        searched: Tissue is looked for; else all tiles are cut.
        invert: Values are turned.
        labels: How its files are read, where they hold labels and no pictures.
    """

    slide: Slide
    mpp: float
    size: int
    stride: int
    min_tissue: float
    max_tissue: float
    min_label: float
    within: list[str]
    pens: bool
    channels: dict[str, list[int]]
    coordinates: str
    given: Path | None
    histogram: bool = False
    searched: bool = True
    invert: bool = False
    labels: Labelling | None = None

    @classmethod
    def of(cls, section: Json, slide: Slide, given: Path | None) -> "Request":
        """That of a slide, by the ``tile`` section of the study, which may hold more."""
        asked = {field.name: section[field.name] for field in fields(cls) if field.name in section}
        labels = Labelling.of(section["labels"]) if section.get("labels") else None
        return cls(**{**asked, "slide": slide, "given": given, "labels": labels})

    @property
    def um(self) -> float:
        """Side of a tile, µm."""
        return self.size * self.mpp

    @property
    def named(self) -> list[int] | None:
        """The source channels, where the study names them; such an image has no colours to know tissue by."""
        return self.channels.get(self.slide.stain)

    @property
    def everywhere(self) -> bool:
        """Whether all tiles are cut, for nothing tells tissue from what is none."""
        return not self.searched or self.named is not None

    def images(self) -> list[Path]:
        """The images of the slide; raises SlideError where its files are not images of one slide."""
        with stage("open"):
            paths = self.labels.images(self.slide) if self.labels else self.slide.images()
            check_together(paths)
        return paths

    def open(self, path: Path, frame: Frame | None = None) -> Region:
        """Opens an image; raises SlideError where it cannot give tiles as fine as the study asks for.

        Args:
            path: The image.
            frame: The image that it is registered to. Labels lie in it, in pixels of its resolution unless the sheet
                names another.
        """
        with stage("open"):
            if self.labels:
                mpp = self.slide.mpp or (frame.mpp if frame else None)
                labels = self.labels.open(path, frame.at(mpp) if frame and mpp else None)
                return Region(path, mpp=mpp, labels=labels)
            region = Region(path, mpp=self.slide.mpp, channels=self.named, invert=self.invert)
            try:
                self.check_resolution(region.mpp, str(path))
            except SlideError:
                region.close()
                raise
        return region

    def check_resolution(self, mpp: float, where: str) -> None:
        """Raises SlideError where an image of ``mpp`` µm per level-0 pixel is too coarse."""
        if mpp > self.mpp * ENLARGE:
            raise SlideError(
                f"the slide has {mpp:g} µm/px, the study asks for {self.mpp:g}",
                where=where,
                fix=f"set tile.mpp to {mpp:g} or more, or leave the slide out",
            )

    def own_grid(self, *, width: int, height: int, mpp: float) -> Grid:
        """All tiles of an image of so many level-0 pixels of ``mpp`` µm."""
        return make_grid(width=width, height=height, side=self.um / mpp, stride=self.stride * self.mpp / mpp)

    def check_room(self, grid: Grid, *, width: int, height: int, mpp: float, where: str) -> None:
        """Raises SlideError where no tile fits into an image of so many level-0 pixels of ``mpp`` µm."""
        if not len(grid.xy):
            raise SlideError(
                f"the image of {width * mpp:.4g} x {height * mpp:.4g} µm is smaller than a tile of {self.um:g} µm",
                where=where,
                fix="make tiles smaller (tile.size, tile.mpp), or leave the slide out",
            )

    def wanted(self, tissue: np.ndarray) -> np.ndarray:
        """Which tiles hold tissue enough and not too much, bool (tile,); all of those that another tool chose.

        Args:
            tissue: float32 (tile,), share of each: the last digits of a double would make full tiles more than full.
        """
        if self.coordinates:
            return np.ones(len(tissue), bool)
        return np.asarray((tissue >= self.min_tissue) & (tissue <= self.max_tissue))

    def check_any(self, count: int) -> None:
        """Raises SlideError where ``count``, the tiles that are kept of the slide, is none."""
        if not count:
            most = f" and {self.max_tissue:.0%} at most" if self.max_tissue < 1 else ""
            raise SlideError(
                f"no tissue: no tile of {self.um:g} µm holds {self.min_tissue:.0%} of it{most}",
                where=self.slide.path,
                fix="look at the slide; lower tile.min_tissue, raise tile.max_tissue, or make tiles smaller",
            )
