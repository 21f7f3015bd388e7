"""What ``synthesize`` says of tiles that there was no slide for."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.manifest import Manifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import Gate

SITE = "synthetic"  # of what was painted


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Provenance(_Frozen):
    """What painted tiles come from; every store of them says it, too.

    Args:
        cohort: Their name in the study.
        painter: Translator that painted them, of its first repeat.
        painted_by: Digest of its weights.
        masks: Translator that made the masks, of its first repeat; ``real``: they are those of training tiles.
        masks_by: Digest of its weights; empty where they are real.
        seed: The study's.
        guidance: How far the masks were overdone.
        mask_guidance: How far the wish for classes was, in masks that were made; None of real ones.
        sampler: ``ancestral`` or ``ddim``.
        steps: Of the sampler; None: all that the painter learned.
    """

    cohort: str
    painter: str
    painted_by: str
    masks: str
    masks_by: str
    seed: int
    guidance: float
    mask_guidance: float | None
    sampler: str
    steps: int | None


class TypeSet(_Frozen):
    """A set of classes: how many ``tiles`` are to show these and no others, and how many ``training`` tiles do."""

    types: tuple[str, ...]
    tiles: int
    training: int


class PlanManifest(Manifest):
    """What is asked of a synthetic cohort, tile by tile.

    Args:
        cohort: Its name in the study.
        classes: Names of the ids 1, 2 and so on of its masks.
        sets: Sets of classes that are asked for or that training tiles show.
        rows: NumPy file, see :mod:`pipeline.synthesize.plan`.
        digest: Of that.
        slides: Training slides whose masks are taken; none where they are made.
        patients: Whom the painter and the maker of masks were trained on, and whose masks were taken.
    """

    cohort: str
    classes: tuple[str, ...]
    sets: tuple[TypeSet, ...]
    rows: Path
    digest: str
    slides: tuple[str, ...]
    patients: tuple[str, ...]


class ClassCount(_Frozen):
    """Tiles and nuclei of a class.

    Args:
        asked: Tiles that were asked to show it.
        got: Tiles that do, as far as the mask says.
        met: Tiles that were asked to, and do.
        nuclei: Of it.
    """

    asked: int
    got: int
    met: int
    nuclei: int


class PartManifest(Manifest):
    """A part of a synthetic cohort: two slides that are registered to each other.

    Args:
        part: Its name.
        provenance: What it comes from.
        tissue: The painted slide.
        masks: The slide of the masks that it was painted for.
        counts: By class.
        exact: Tiles that show just the classes that they were asked to show.
    """

    part: str
    provenance: Provenance
    tissue: NormalizedManifest
    masks: NormalizedManifest
    counts: dict[str, ClassCount]
    exact: int


class CohortManifest(IndexManifest):
    """A synthetic cohort that passed its gates: its slides by name, two of each part.

    Args:
        provenance: What it comes from.
        patients: Whom the painter and the maker of masks were trained on, and whose masks were taken.
        tiles: How many were painted.
        sets: What was asked.
        counts: By class.
        exact: Tiles that show just the classes that they were asked to show.
        gates: The figures that have a limit.
    """

    provenance: Provenance
    patients: tuple[str, ...]
    tiles: int
    sets: tuple[TypeSet, ...]
    counts: dict[str, ClassCount]
    exact: int
    gates: dict[str, Gate]
