"""The cohort as the phases after ``normalize`` see it: its usable slides and their stores."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.core.cohort.primary import primary_stains
from pipeline.core.errors import ProductError
from pipeline.core.manifests.index import read_members
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.store.rows import Rows


@dataclass(frozen=True)
class Member:
    """A usable slide. ``store`` holds its tiles (normalised where its stain is), ``tiles`` counts them."""

    slide: str
    patient: str
    site: str
    stain: str
    split: str
    paired_with: str
    store: Path
    tiles: int

    @classmethod
    def of(cls, slide: TileManifest) -> "Member | None":
        """The slide of a manifest, normalised or not; None where it is quarantined or has no tiles."""
        if slide.status != "complete" or slide.store is None or not slide.tiles:
            return None
        return cls(**slide.facts(), store=slide.store, tiles=slide.tiles)


class Cohort:
    """Usable slides in slide order.

    Args:
        members: The slides that are not quarantined.
    """

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = {member.slide: member for member in sorted(members, key=lambda m: m.slide)}

    @classmethod
    def read(cls, index: Path) -> "Cohort":
        """Reads the index of ``normalize``, or of ``tile``; slides that cannot be used are left out."""
        return cls(filter(None, map(Member.of, read_members(index, NormalizedManifest).values())))

    def joined_with(self, other: "Cohort") -> "Cohort":
        """With the slides of another; raises ProductError where both have one of a name."""
        both = sorted(self.members.keys() & other.members.keys())
        if both:
            fix = "rename the cohort under synthesize.cohorts"
            raise ProductError(f"two cohorts have a slide {both[0]!r}", where="pretrain.arms: cohorts", fix=fix)
        return Cohort([*self.members.values(), *other.members.values()])

    def tested_on(self, patients: Collection[str]) -> "Cohort":
        """The same slides, of which those of ``patients`` are test slides and all others training slides."""
        members = self.members.values()
        return Cohort(replace(m, split="test" if m.patient in patients else "train") for m in members)

    def select(self, *, stain: str, split: str | None = None) -> list[Member]:
        """Slides of a stain, of one split or of all."""
        return [m for m in self.members.values() if m.stain == stain and split in (None, m.split)]

    @property
    def primary(self) -> str:
        """The stain that encoders learn from: the one that other slides are registered to, else HE."""
        stains = primary_stains(self.members)
        if len(stains) == 1:
            return stains.pop()
        raise ProductError(
            f"several stains could be the primary one: {', '.join(sorted(stains)) or 'none'}",
            where="data/slides.csv: paired_with",
            fix="register every other stain to one of them",
        )

    def partner(self, slide: str, stain: str) -> Member | None:
        """The slide of ``stain`` that is registered to ``slide``, row *i* to row *i*; None where there is none."""
        found = (m for m in self.members.values() if m.paired_with == slide and m.stain == stain)
        return next(found, None)

    def paired(self, *, source: str, target: str, split: str | None = None) -> list[tuple[Member, Member]]:
        """(source, target) slides that are registered to each other."""
        pairs = ((m, self.partner(m.slide, target)) for m in self.select(stain=source, split=split))
        return [(a, b) for a, b in pairs if b is not None]

    def sites_seen(self) -> set[str]:
        """Sites with a training patient; test slides of any other site are out of domain."""
        return {m.site for m in self.members.values() if m.split == "train"}

    def forbid_test(self, patients: Iterable[str], where: str) -> None:
        """Raises ProductError when any of ``patients`` is a test patient."""
        tests = {m.patient for m in self.members.values() if m.split == "test"}
        leaked = sorted(tests & set(patients))
        if leaked:
            raise ProductError(
                f"it was trained on test patients: {', '.join(leaked)}",
                where=where,
                fix="train it again on the present split",
            )


def stores_of(members: Iterable[Member]) -> list[Path]:
    """Where the tiles of several slides are; raises ProductError where there are none."""
    stores = [member.store for member in members]
    if not stores:
        raise ProductError(
            "no slide to learn from", where="the cohort", fix="check stain, split and paired_with columns"
        )
    return stores


def joined(members: Iterable[Member], *, any_pixels: bool = False) -> Rows:
    """The tiles of several slides, on disk: uint8 (tile, y, x, 3), with ``any_pixels`` uint8 or uint16 (tile, y, x, c).

    Raises:
        ProductError: There are none, or they are of other pixels, or differ in them.
    """
    stores = stores_of(members)
    rows = Rows(stores)
    (require_images if any_pixels else require_rgb)(rows, str(stores[0]))
    return rows


def require_rgb(images: Rows | np.ndarray, where: str) -> None:
    """Raises ProductError unless ``images`` are uint8 (tile, y, x, 3), which is what most networks read."""
    shape = images.shape[1:]
    if images.dtype != np.uint8 or len(shape) != 3 or shape[-1] != 3:
        raise _unreadable("8-bit RGB tiles, uint8 (y, x, 3)", images, where)


def require_images(images: Rows | np.ndarray, where: str) -> None:
    """Raises ProductError unless ``images`` are uint8 or uint16 (tile, y, x, c), which some of them read."""
    if images.dtype not in (np.uint8, np.uint16) or len(images.shape) != 4:
        raise _unreadable("tiles of 8 or 16 bits, (y, x, channel)", images, where)


def _unreadable(wanted: str, images: Rows | np.ndarray, where: str) -> ProductError:
    return ProductError(
        f"expected {wanted}, found {images.dtype} {images.shape[1:]}",
        where=where,
        fix="leave slides of this stain out of what is normalised and trained, or convert them and tile again",
    )
