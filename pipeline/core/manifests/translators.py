"""What ``translate`` and ``synthesize`` say of a translator and of what it made."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipeline.core.manifests.manifest import Manifest
from pipeline.core.manifests.slides import SlideFacts
from pipeline.core.manifests.trained import TrainedManifest


class TranslatorManifest(TrainedManifest):
    """A trained translator; of its networks ``generator`` makes its target, and ``backward`` undoes it.

    Args:
        translator: Its name in the study.
        repeat: Which of its trainings, counted from 0.
        method: How it was trained.
        source: Stain it reads; empty where it reads none.
        target: Stain it makes.
        pairing: ``paired`` or ``unpaired``; empty where it reads no source.
        pairs: Of how many patients it was to see the target; None = all.
        held_back: Training patients that were kept from it, for its gates.
        source_full: The brightest that a pixel of the source is taken to be; see
            :class:`pipeline.core.translation.pixels.Pixels`.
        target_full: Of the target.
        classes: Names of the ids 1, 2 and so on of the masks that it learned from; none where it learned from none.
    """

    translator: str
    repeat: int
    method: str
    source: str
    target: str
    pairing: str
    pairs: int | None = None
    held_back: tuple[str, ...] = ()
    source_full: int = 255
    target_full: int = 255
    classes: tuple[str, ...] = ()


class Quality(BaseModel):
    """Figures of a synthetic view; None where they do not exist. See :mod:`pipeline.synthesize.quality`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agreement: float | None = None
    l1: float | None = None
    ssim: float | None = None
    nuclei: float | None = None
    cycle: float | None = None
    cycle_uint8: float | None = None
    cycle_noise: float | None = None
    cycle_jump: float | None = None


class SlideQuality(Quality):
    """Of one slide, on ``measured`` tiles of it."""

    measured: int


class PooledQuality(Quality):
    """Of several slides, weighted by their tiles."""

    slides: int
    tiles: int


class ViewManifest(SlideFacts):
    """The privileged view of one slide; of a quarantined one, the facts alone.

    Args:
        translator: Which made it.
        repeat: Of the translator.
        seed: The study's.
        checkpoint: Digest of the generator.
        parent: The store that was translated.
        source: Stain of that.
        target: Stain of the view.
        store: The view, row by row.
        tiles: How many.
        digests: Of every array's decoded values.
        quality: On a sample of tiles.
    """

    translator: str
    repeat: int
    seed: int
    checkpoint: str = ""
    parent: Path | None = None
    source: str = ""
    target: str = ""
    store: Path | None = None
    tiles: int = 0
    digests: dict[str, str] = {}
    quality: SlideQuality | None = None


class Gate(BaseModel):
    """A figure against its limit, measured on so many ``patients``; ``passed`` is None where there is no figure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float | None
    limit: float
    passed: bool | None
    patients: int


class GateManifest(Manifest):
    """A translator that passed its gates, and the view of every slide; stains are None where no slide is usable.

    Args:
        translator: Its name in the study.
        repeat: Which of its trainings.
        source: Stain it reads.
        target: Stain it makes.
        members: The view of every slide.
        patients: On whom the gates were measured: none of them was trained on, none is a test patient.
        quality: Their slides', pooled.
        gates: The figures that have a limit.
    """

    translator: str
    repeat: int
    source: str | None
    target: str | None
    members: dict[str, ViewManifest]
    patients: tuple[str, ...]
    quality: PooledQuality
    gates: dict[str, Gate]
