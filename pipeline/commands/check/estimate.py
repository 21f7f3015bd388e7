"""What a cohort will take: about how much disk and time, from the sample tiles of its slides."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from pipeline.commands.check.inspection import Inspection
from pipeline.core.store.store import write_store
from pipeline.study.normalize import METHODS as NORMALIZERS
from pipeline.study.study import Study
from pipeline.study.translate import view_makers

Derived = Mapping[str, list[str]]  # phase to the stains of the stores that it makes of a slide
NONE: Mapping[str, int] = {}


@dataclass(frozen=True)
class Cost:
    """What a tile of a stain takes: bytes on disk and seconds to encode."""

    disk: float
    seconds: float


def derived(study: Study, stain: str) -> Derived:
    """What later phases store of the tiles of a stain."""
    normalized = stain in study.normalize.stains and bool(NORMALIZERS[study.normalize.method].code)
    made = [translator for translator in view_makers(study).values() if translator.source == stain]
    views = [translator.target for translator in made for _ in range(translator.repeats)]
    return {"normalize": [stain] if normalized else [], "synthesize": views}


def painted(study: Study) -> dict[str, int]:
    """Tiles that synthetic cohorts store, by stain; the ids beside a mask's picture take little."""
    found: dict[str, int] = defaultdict(int)
    for section in study.synthesize.cohorts.values():
        painter = study.translate[section.painter]
        for stain in (painter.target, painter.source):
            found[stain] += section.count
    return dict(found)


class Estimate:
    """What the slides that are fit, and synthetic cohorts, will take.

    Args:
        found: What was found in each slide.
        stains: Of each slide.
        size: Side of a tile, stored pixels.
        stores: By stain, what later phases store of a slide.
        painted: Tiles that there is no slide for, by stain.
    """

    def __init__(
        self,
        found: Mapping[str, Inspection],
        stains: Mapping[str, str],
        *,
        size: int,
        stores: Mapping[str, Derived],
        painted: Mapping[str, int] = NONE,
    ) -> None:
        self.found = {name: inspection for name, inspection in found.items() if inspection.fit}
        self.stains, self.stores, self.painted = stains, stores, painted
        self._raw = float(size**2 * 3)
        samples: dict[str, list[np.ndarray]] = defaultdict(list)
        for name, inspection in self.found.items():
            if inspection.sample is not None:
                samples[stains[name]].append(inspection.sample)
        self._costs = {stain: _measured(np.concatenate(tiles), size) for stain, tiles in samples.items()}

    def disk(self, *slides: str) -> dict[str, float]:
        """Bytes that slides take, by phase. A stain of which there is no sample counts with its pixels."""
        total: dict[str, float] = defaultdict(float)
        for name in slides:
            if name in self.found:
                stain, tiles = self.stains[name], self.found[name].tiles
                for phase, made in {"tile": [stain], **self.stores.get(stain, {})}.items():
                    if made:
                        total[phase] += tiles * sum(map(self._bytes, made))
        return dict(total)

    def all(self) -> dict[str, float]:
        """Bytes that all slides and painted tiles take, by phase; nothing where no slide is fit."""
        total = self.disk(*self.found)
        if total and self.painted:
            made = sum(tiles * self._bytes(stain) for stain, tiles in self.painted.items())
            total["synthesize"] = total.get("synthesize", 0.0) + made
        return total

    def hours(self) -> float | None:
        """Hours that tiling takes one core; None where no slide could be measured."""
        cut = sum(inspection.cut for inspection in self.found.values())
        if not cut:
            return None
        usual = sum(inspection.seconds for inspection in self.found.values()) / cut
        seconds = 0.0
        for name, inspection in self.found.items():
            cost = self._costs.get(self.stains[name])
            decode = inspection.seconds / inspection.cut if inspection.cut else usual
            seconds += inspection.tiles * (decode + (cost.seconds if cost else 0.0))
        return seconds / 3600

    def _bytes(self, stain: str) -> float:
        return self._costs[stain].disk if stain in self._costs else self._raw


def _measured(tiles: np.ndarray, size: int) -> Cost:
    """Writes the tiles as a tile job does, and measures what lies there."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sample.zarr"
        start = perf_counter()
        write_store(path, [tiles], {"xy": np.zeros((len(tiles), 2), np.int64)}, {}, size=size)
        seconds = perf_counter() - start
        stored = sum(file.stat().st_size for file in (path / "image").rglob("*") if file.is_file())
    return Cost(stored / len(tiles), seconds / len(tiles))
