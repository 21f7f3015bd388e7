"""The cohort as the reader sees it: who is in it, who is not and why, and pictures of the slides."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.files import Json
from pipeline.report.pictures import Picture, from_file

TILES = Path("data/tiles")
THUMBNAILS, SIDE = 24, 200


@dataclass(frozen=True)
class Thumbnail:
    slide: str
    text: str
    picture: Picture


@dataclass(frozen=True)
class Cohort:
    """Manifests of the normalised slides, in slide order.

    ``rows`` are the usable slides, ``quarantined`` the others; ``summary`` counts by site, stain and split.
    """

    rows: list[Json]
    quarantined: list[Json]

    @classmethod
    def of(cls, index: Json) -> "Cohort":
        members: Iterable[Json] = (member for _, member in sorted(index["members"].items()))
        rows: list[Json] = []
        quarantined: list[Json] = []
        for member in members:
            (rows if member["status"] == "complete" else quarantined).append(member)
        return cls(rows, quarantined)

    @property
    def classes(self) -> list[str]:
        """Label names, in the order of their tile counts."""
        counts: Counter[str] = Counter()
        for row in self.rows:
            counts.update(row.get("labels") or {})
        return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]

    def count(self, key: str) -> int:
        return len({row[key] for row in self.rows})

    @property
    def tiles(self) -> int:
        return sum(row["tiles"] for row in self.rows)

    def summary(self) -> list[dict[str, Any]]:
        """Patients, slides and tiles by site, stain and split."""
        groups: dict[tuple[str, str, str], list[Json]] = {}
        for row in self.rows:
            groups.setdefault((row["site"], row["stain"], row["split"]), []).append(row)
        return [
            {
                "site": site,
                "stain": stain,
                "split": split,
                "patients": len({row["patient"] for row in rows}),
                "slides": len(rows),
                "tiles": sum(row["tiles"] for row in rows),
            }
            for (site, stain, split), rows in sorted(groups.items())
        ]

    def thumbnails(self, stains: list[str]) -> list[Thumbnail]:
        """Tile grids of at most THUMBNAILS slides: the normalised stains first, then one patient after another."""
        turns: Counter[tuple[bool, str]] = Counter()
        ranked = []
        for row in self.rows:
            other = row["stain"] not in stains
            ranked.append((other, turns[other, row["patient"]], row["slide"], row))
            turns[other, row["patient"]] += 1
        shown = []
        for _, _, slide, row in sorted(ranked, key=lambda item: item[:3])[:THUMBNAILS]:
            text = f"{row['stain']}, {row['site']}, {row['split']}, {row['tiles']} tiles"
            small = from_file(TILES / f"{slide}.png", f"Slide {slide} with its tile grid: {text}", SIDE)
            if small:
                shown.append(Thumbnail(slide, text, small))
        return shown
