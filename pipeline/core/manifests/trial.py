"""What ``normalize`` says of a trial: a normaliser that is judged beside that of the study."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipeline.core.files import Json
from pipeline.core.manifests.manifest import Manifest


class TrialSlide(BaseModel):
    """A slide whose sample of tiles a trial brought to other colours.

    Args:
        slide: And whose it is, as :class:`pipeline.core.manifests.slides.SlideFacts` has it.
        patient: Likewise.
        site: Likewise.
        stain: Likewise.
        split: Likewise; of the fold where there are folds.
        first: Where its tiles begin in the trial's store.
        tiles: How many there are of it.
        fit: The slide's own; None of a method that fits none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    slide: str
    patient: str
    site: str
    stain: str
    split: str
    first: int
    tiles: int
    fit: Json | None = None


class TrialManifest(Manifest):
    """A sample of tiles of every slide as one normaliser leaves them.

    Args:
        trial: Its name in the study.
        seed: The repeat.
        method: Of the normaliser.
        reference: The slide, or the site, whose stain all others were brought to; None where there is none.
        slides: In the order of the store; column ``slide`` of the store is a position among them, ``row`` that of the
            tile in the slide's own store.
        store: The tiles.
        digests: Of every array's decoded values.
    """

    trial: str
    seed: int
    method: str
    reference: str | None
    slides: tuple[TrialSlide, ...]
    store: Path
    digests: dict[str, str]
