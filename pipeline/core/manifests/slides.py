"""What ``tile`` and ``normalize`` say of a slide."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipeline.core.files import Json
from pipeline.core.manifests.manifest import Manifest


class SlideFacts(Manifest):
    """Whose slide it is. A quarantined slide says at which stage it failed, why, and what to do about it."""

    slide: str
    patient: str
    site: str
    stain: str
    split: str
    paired_with: str = ""
    stage: str = ""
    error: str = ""
    fix: str = ""

    def facts(self) -> dict[str, str]:
        """Slide, patient, site, stain, split and partner: what every derived store and manifest repeats."""
        return {name: getattr(self, name) for name in FACTS}


FACTS = ("slide", "patient", "site", "stain", "split", "paired_with")


class Level0(BaseModel):
    """A slide's finest level: µm per pixel, and its size in pixels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mpp: float
    width: int
    height: int


class PhantomManifest(Manifest):
    """A simulated slide: the digests of its files by their endings."""

    slide: str
    digests: dict[str, str]


class TileManifest(SlideFacts):
    """A slide's tiles; of a quarantined one, the facts alone.

    Args:
        store: The tile store; None where the slide is quarantined.
        tiles: How many.
        mpp: µm per stored pixel.
        size: Side of a tile in stored pixels.
        stride: From tile to tile in stored pixels.
        level0: The slide's finest level.
        thumbnail: Picture with the tiles drawn in.
        contours: Outlines of the tissue, GeoJSON in level-0 pixels; None for a slide of many images.
        digests: Of every array's decoded values.
        labels: Class name to number of tiles.
        truth: What a simulated slide's maker knows of it.
    """

    store: Path | None = None
    tiles: int = 0
    mpp: float | None = None
    size: int | None = None
    stride: int | None = None
    level0: Level0 | None = None
    thumbnail: Path | None = None
    contours: Path | None = None
    digests: dict[str, str] = {}
    labels: dict[str, int] = {}
    truth: Json | None = None


class FitManifest(Manifest):
    """The stain of one slide, as its normaliser knows it; no ``fit`` where the slide has no tiles."""

    slide: str
    method: str
    fit: Json | None


class ReferenceManifest(Manifest):
    """The slide whose stain all others are brought to, and its fit."""

    slide: str
    method: str
    fit: Json


class NormalizedManifest(TileManifest):
    """A slide's tiles after ``normalize``; ``normalized`` is False where they passed through.

    ``reference`` is the slide whose stain they have now, ``stain_fit`` the slide's own fit.
    """

    normalized: bool = False
    reference: str | None = None
    stain_fit: Json | None = None
