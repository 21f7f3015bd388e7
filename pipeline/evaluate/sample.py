"""Tiles of several slides, evenly drawn: what a set is judged by, be it painted or real."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Member
from pipeline.core.store.even import even_rows
from pipeline.core.store.store import TileStore

BLOCK = 64  # tiles that are held at a time


@dataclass(frozen=True)
class Slide:
    """A slide's tiles: its name, whose it is, where they lie, and how many there are."""

    slide: str
    patient: str
    store: Path
    tiles: int

    @classmethod
    def of(cls, member: Member, store: Path | None = None) -> "Slide":
        """A slide of a cohort, or what was made of it, row by row, in another ``store``."""
        return cls(member.slide, member.patient, store or member.store, member.tiles)


@dataclass(frozen=True)
class Sample:
    """Some tiles of every slide.

    Args:
        slides: Of the set.
        rows: int64 (tile,) of each.
    """

    slides: tuple[Slide, ...]
    rows: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, slides: Iterable[Slide], wanted: int) -> "Sample":
        """About ``wanted`` tiles, as many of every slide, and one of each at least."""
        found = tuple(slides)
        share = max(1, wanted // max(1, len(found)))
        return cls(found, tuple(even_rows(own.tiles, share) for own in found))

    def __len__(self) -> int:
        return sum(map(len, self.rows))

    @property
    def owners(self) -> np.ndarray:
        """The patient of every tile: str (tile,)."""
        names = [own.patient for own in self.slides]
        return np.repeat(np.array(names, dtype=np.str_), list(map(len, self.rows)))

    def is_rgb(self) -> bool:
        """Whether all tiles are 8-bit RGB, which is what networks and masks of nuclei are asked about."""
        return all(is_rgb(own.store) for own in self.slides)

    def blocks(self, *names: str) -> Iterator[tuple[str, tuple[np.ndarray, ...]]]:
        """Patient and the named arrays of BLOCK tiles at most, in order; ``image`` where none is named."""
        for own, rows in zip(self.slides, self.rows, strict=True):
            arrays = [TileStore(own.store).array(name) for name in names or ("image",)]
            for start in range(0, len(rows), BLOCK):
                yield own.patient, tuple(array[rows[start : start + BLOCK]] for array in arrays)

    def images(self) -> np.ndarray:
        """All of them, of one slide at least: uint8 (tile, y, x, 3)."""
        return np.concatenate([image for _, (image,) in self.blocks()])


def numbered(*owners: np.ndarray) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Names of patients, and whose each tile of each set is: int (tile,)."""
    names, number = np.unique(np.concatenate(owners), return_inverse=True)
    return tuple(names.tolist()), np.split(number, np.cumsum([len(own) for own in owners])[:-1])


def is_rgb(store: Path) -> bool:
    """Whether tiles are 8-bit RGB: uint8 (y, x, 3)."""
    image = TileStore(store).array("image")
    return image.dtype == np.uint8 and image.shape[-1] == 3
