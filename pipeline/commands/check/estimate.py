"""What a cohort will take: disk and time, from the sample tiles of its slides."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from pipeline.commands.check.inspection import Probe
from pipeline.core.store.store import write_store
from pipeline.study.sheet import Slide
from pipeline.study.study import Study


@dataclass(frozen=True)
class Cost:
    """What a tile of a stain takes: bytes on disk and seconds to encode."""

    disk: float
    seconds: float


class Estimate:
    """What the slides that are fit will take.

    Args:
        study: The study.
        slides: The sheet.
        probes: What was found in each slide.
    """

    def __init__(self, study: Study, slides: Mapping[str, Slide], probes: Mapping[str, Probe]) -> None:
        self.study, self.slides = study, slides
        self.probes = {name: probe for name, probe in probes.items() if probe.fit}
        self.raw = study.tile.size**2 * 3
        samples: dict[str, list[np.ndarray]] = defaultdict(list)
        for name, probe in self.probes.items():
            if probe.sample is not None:
                samples[slides[name].stain].append(probe.sample)
        self.costs = {stain: _measured(np.concatenate(tiles), study.tile.size) for stain, tiles in samples.items()}

    def disk(self, slide: str) -> dict[str, float]:
        """Bytes that a slide takes, by phase. A stain of which there is no sample counts with its pixels."""
        if slide not in self.probes:
            return {}
        stain, tiles = self.slides[slide].stain, self.probes[slide].tiles
        found = {"tile": tiles * self._bytes(stain)}
        if stain in self.study.normalize.stains and self.study.normalize.method != "none":
            found["normalize"] = found["tile"]
        made = [self._bytes(t.target) for t in self.study.translate.values() if t.source == stain]
        if made:
            found["synthesize"] = tiles * sum(made)
        return found

    def hours(self) -> float | None:
        """Hours that tiling takes one core; None where no slide could be measured."""
        cut = sum(probe.cut for probe in self.probes.values())
        if not cut:
            return None
        usual = sum(probe.seconds for probe in self.probes.values()) / cut
        seconds = 0.0
        for name, probe in self.probes.items():
            cost = self.costs.get(self.slides[name].stain)
            decode = probe.seconds / probe.cut if probe.cut else usual
            seconds += probe.tiles * (decode + (cost.seconds if cost else 0.0))
        return seconds / 3600

    def _bytes(self, stain: str) -> float:
        return self.costs[stain].disk if stain in self.costs else float(self.raw)


def _measured(tiles: np.ndarray, size: int) -> Cost:
    """Writes the tiles as a tile job does, and looks at what lies there."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sample.zarr"
        start = perf_counter()
        write_store(path, [tiles], {"xy": np.zeros((len(tiles), 2), np.int64)}, {}, size=size)
        seconds = perf_counter() - start
        stored = sum(file.stat().st_size for file in (path / "image").rglob("*") if file.is_file())
    return Cost(stored / len(tiles), seconds / len(tiles))
