"""A slide, prepared as an encoder's training slides were."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.manifests.card import Preparation, Staining
from pipeline.core.manifests.slides import Level0
from pipeline.core.seeds import derive
from pipeline.core.slides.slide import Slide
from pipeline.normalize.normalizer import Change, FittedNormalizer, usable
from pipeline.normalize.sample import sample_pixels
from pipeline.study.normalize import METHODS
from pipeline.tile.image import ImageTiles
from pipeline.tile.pixels import read_blocks
from pipeline.tile.request import Request
from pipeline.tile.tiles import find_images


@dataclass(frozen=True)
class RawSlide:
    """The tiles of a slide as they are cut, read from it each time they are asked for.

    Args:
        request: The slide, and what is asked of its tiles.
        image: What is cut.
        threads: Tiles decoded at once.
    """

    request: Request
    image: ImageTiles
    threads: int

    @classmethod
    def open(cls, slide: Slide, preparation: Preparation, threads: int) -> "RawSlide":
        """Decides what is cut.

        Raises:
            SlideError: The slide cannot be read, has no tissue, or is made of several images.
        """
        request = request_of(slide, preparation)
        if len(request.images()) > 1:
            fix = "name its images one by one"
            raise SlideError("coordinates are of one image, this is many", where=slide.path, fix=fix)
        return cls(request, find_images(request, None)[0], threads)

    @property
    def name(self) -> str:
        return self.request.slide.slide_id

    @property
    def level0(self) -> Level0:
        """Its finest level."""
        return Level0(mpp=self.image.mpp, width=self.image.width, height=self.image.height)

    @property
    def mpp(self) -> float:
        """µm per pixel of a tile."""
        return self.request.mpp

    @property
    def size(self) -> int:
        """Side of a tile, its own pixels."""
        return self.request.size

    @property
    def overlap(self) -> int:
        """Of neighbouring tiles, their own pixels."""
        return max(0, self.size - self.request.stride)

    @property
    def side_level0(self) -> float:
        """Side of a tile, level-0 pixels; need not be whole."""
        return self.image.grid.side

    def __len__(self) -> int:
        return len(self.image.grid.xy)

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """Tiles in order, ``rows`` at a time: uint8 (rows, y, x, 3), fewer in the last; raises SlideError."""
        held = np.empty((0, self.size, self.size, 3), np.uint8)
        for block in read_blocks(self.request, [self.image], None, self.threads):
            held = np.concatenate([held, block["image"]])
            while len(held) >= rows:
                yield held[:rows]
                held = held[rows:]
        if len(held):
            yield held


@dataclass(frozen=True)
class PreparedSlide:
    """The tiles of a slide in the colours that an encoder knows.

    Args:
        raw: The tiles as they are cut.
        change: What is done to their colours; None where they are left as they are.
    """

    raw: RawSlide
    change: Change | None

    @classmethod
    def open(cls, slide: Slide, preparation: Preparation, threads: int) -> "PreparedSlide":
        """Decides what is cut and, where slides are normalised, reads the tiles once for the slide's own stain.

        Raises:
            SlideError: See :meth:`RawSlide.open`.
        """
        raw, staining = RawSlide.open(slide, preparation, threads), preparation.staining
        if staining is None:
            return cls(raw, None)
        normalizer = load(staining)
        pixels = sample_pixels(raw, seed=derive(staining.seed, "normalize", raw.name))
        fit = usable(normalizer.fit(pixels), staining.reference)
        return cls(raw, normalizer.change(fit, staining.reference))

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """Tiles in order, normalised; see :meth:`RawSlide.blocks`."""
        for block in self.raw.blocks(rows):
            yield self.change(block) if self.change else block


def request_of(slide: Slide, preparation: Preparation) -> Request:
    """What an encoder's training asked of a slide, asked of this one."""
    tiling = preparation.tiling
    asked = {
        **tiling.model_dump(exclude={"channels"}),
        "min_label": 0.0,
        "within": [],
        "channels": {slide.stain: tiling.channels} if tiling.channels else {},
        "coordinates": "",
    }
    return Request.of(asked, slide, None)


def load(staining: Staining) -> FittedNormalizer:
    """The method of a card; only those of this package are ever reached."""
    module, _, attribute = METHODS[staining.method].code.partition(":")
    normalizer: FittedNormalizer = getattr(import_module(module), attribute)(**staining.options)
    return normalizer
