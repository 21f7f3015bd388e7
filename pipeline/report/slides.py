"""The cohort as the reader sees it: who is in it, who is not and why, and pictures of the slides."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.report.pictures import Picture, from_file

THUMBNAILS, SIDE = 24, 200


@dataclass(frozen=True)
class Thumbnail:
    slide: str
    text: str
    picture: Picture


@dataclass(frozen=True)
class SlideList:
    """The slides after ``normalize``, in their order.

    ``rows`` are the usable ones, ``quarantined`` the others; ``summary`` counts by site, stain and split.
    """

    rows: list[NormalizedManifest]
    quarantined: list[NormalizedManifest]

    @classmethod
    def of(cls, slides: Iterable[NormalizedManifest]) -> "SlideList":
        rows: list[NormalizedManifest] = []
        quarantined: list[NormalizedManifest] = []
        for slide in slides:
            (rows if slide.status == "complete" else quarantined).append(slide)
        return cls(rows, quarantined)

    @property
    def classes(self) -> list[str]:
        """Label names, in the order of their tile counts."""
        counts: Counter[str] = Counter()
        for row in self.rows:
            counts.update(row.labels)
        return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]

    def count(self, key: str) -> int:
        return len({getattr(row, key) for row in self.rows})

    @property
    def tiles(self) -> int:
        return sum(row.tiles for row in self.rows)

    def summary(self) -> list[dict[str, Any]]:
        """Patients, slides and tiles by site, stain and split."""
        groups: dict[tuple[str, str, str], list[NormalizedManifest]] = {}
        for row in self.rows:
            groups.setdefault((row.site, row.stain, row.split), []).append(row)
        return [
            {
                "site": site,
                "stain": stain,
                "split": split,
                "patients": len({row.patient for row in rows}),
                "slides": len(rows),
                "tiles": sum(row.tiles for row in rows),
            }
            for (site, stain, split), rows in sorted(groups.items())
        ]

    def thumbnails(self, stains: Collection[str]) -> list[Thumbnail]:
        """Tile grids of at most THUMBNAILS slides: the normalised stains first, then one patient after another."""
        turns: Counter[tuple[bool, str]] = Counter()
        ranked = []
        for row in self.rows:
            other = row.stain not in stains
            ranked.append((other, turns[other, row.patient], row.slide, row))
            turns[other, row.patient] += 1
        shown = []
        for _, _, slide, row in sorted(ranked, key=lambda item: item[:3])[:THUMBNAILS]:
            text = f"{row.stain}, {row.site}, {row.split}, {row.tiles} tiles"
            alt = f"Slide {slide} with its tile grid: {text}"
            small = from_file(row.thumbnail, alt, SIDE) if row.thumbnail else None
            if small:
                shown.append(Thumbnail(slide, text, small))
        return shown
