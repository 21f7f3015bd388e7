"""What a segmenter learns from: tiles with their labels, real and painted, or views of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.core.cohort.cohort import Cohort, require_images
from pipeline.core.cohort.labelled import LABELS, Labelled, labelled_slides
from pipeline.core.cohort.painted import Painted
from pipeline.core.diffusion.conditions import check_classes
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.manifests.translators import GateManifest
from pipeline.core.seeds import derive
from pipeline.core.store.rows import Rows

BLOCK = 256  # masks looked at together
REAL = "real"  # among what an arm learns from


@dataclass(frozen=True)
class Tiles:
    """Aligned arrays on disk.

    Args:
        arrays: ``image``, uint8 or uint16 (tile, y, x, c); ``mask``, uint8 (tile, y, x), class ids; ``instance``,
            uint16 or uint32 (tile, y, x).
        learned: How many by source.
        real: Real training tiles with labels.
        patients: Whose tiles they are, and of painted ones whom their painter learned from.
    """

    arrays: dict[str, Rows]
    learned: dict[str, int]
    real: int
    patients: list[str]

    @property
    def size(self) -> int:
        """Side of a tile in stored pixels."""
        return self.arrays["image"].shape[1]

    @property
    def channels(self) -> int:
        """Of an image."""
        return self.arrays["image"].shape[-1]


def read_tiles(cohort: Cohort, spec: Json, gate: GateManifest | None, painted: Mapping[str, Painted]) -> Tiles:
    """Collects the training tiles of an arm.

    Args:
        cohort: Only its train split is read.
        spec: The job's: the study's ``seed`` and the ``repeat``; ``stains``, of ``labels`` and ``images``; the names of
            ``classes``; ``train``, source to its share of the real training tiles with labels. Of real ones as many
            are drawn tile by tile, fewer always among more; of a synthetic cohort the first ones.
        gate: Of the translator whose views are learned from in place of the tiles.
        painted: The synthetic cohorts among the sources.

    Raises:
        ProductError: There are none, or fewer than a share asks for, or labels are of other classes.
    """
    real = labelled_slides(cohort, **spec["stains"], split="train")
    total = _tiles(real)
    slides, chosen, patients, learned = list[Labelled](), list[np.ndarray](), set[str](), dict[str, int]()
    for name, share in sorted(spec["train"].items(), key=lambda item: (item[0] != REAL, item[0])):  # however written
        count = max(1, int(share * total + 0.5))
        if name == REAL:
            own, rows = real, np.sort(drawn(real, spec["seed"], spec["repeat"])[:count])
            patients |= _owners(own, rows)
        else:
            own = _painted(painted[name], name, spec)
            rows = np.arange(_enough(_tiles(own), name, share, count, total))
            patients |= set(painted[name].patients)
        chosen.append(rows + _tiles(slides))
        slides += own
        learned[name] = len(rows)
    for one in slides:
        check_classes(one.array("mask").blocks(BLOCK), len(spec["classes"]), where=one.slide.slide)
    rows = np.concatenate(chosen)
    images = Rows([one.pixels(gate) for one in slides]).take(rows)
    require_images(images, slides[0].slide.slide)
    labels = {name: Rows([one.labels for one in slides], name).take(rows) for name in LABELS}
    return Tiles({"image": images, **labels}, learned, total, sorted(patients))


def drawn(slides: list[Labelled], seed: int, repeat: int) -> np.ndarray:
    """Rows of all slides together in an order that each tile decides by itself: int64 (tile,).

    The order is that of all arms of a repeat; who joins or leaves moves no two others.

    Args:
        slides: Their tiles one after the other are the rows.
        seed: The study's.
        repeat: Of the arm.
    """
    places = ((one.slide.slide, row) for one in slides for row in range(one.slide.tiles))
    keys = [derive(seed, "segment", repeat, slide, row) for slide, row in places]
    return np.argsort(np.array(keys, np.int64), kind="stable")


def _tiles(slides: list[Labelled]) -> int:
    return sum(one.slide.tiles for one in slides)


def _painted(made: Painted, name: str, spec: Json) -> list[Labelled]:
    """The slides of a synthetic cohort; raises ProductError where its masks are of other classes."""
    if made.classes != set(spec["classes"]):
        raise ProductError(
            f"expected classes {', '.join(sorted(spec['classes']))}, found {', '.join(sorted(made.classes)) or 'none'}",
            where=f"data/synthetic/{name}/index.json",
            fix="run the synthesize phase again",
        )
    return labelled_slides(made.cohort, **spec["stains"], split="train")


def _enough(having: int, name: str, share: float, count: int, total: int) -> int:
    """``count``, if there are as many painted tiles."""
    if having < count:
        raise ProductError(
            f"{share:g} of {total} real tiles with labels are {count}, and {name!r} has {having} painted ones",
            where=f"params.yaml: segment.arms: train.{name}",
            fix=f"set synthesize.cohorts.{name}.tiles to {count} or more, or lower the share",
        )
    return count


def _owners(slides: list[Labelled], rows: np.ndarray) -> set[str]:
    """The patients whose tiles some rows of all slides are."""
    ends = np.cumsum([one.slide.tiles for one in slides])
    return {slides[place].slide.patient for place in np.unique(np.searchsorted(ends, rows, side="right")).tolist()}
