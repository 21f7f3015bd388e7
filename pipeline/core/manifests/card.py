"""What an encoder knows of itself, ``card.json`` beside its weights: enough to use it where its study is not."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import Json, write_json
from pipeline.core.manifests.manifest import Manifest

CARD = "card.json"


class Part(BaseModel):
    """A part of a card."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tiling(Part):
    """How slides were cut.

    Args:
        mpp: µm per stored pixel.
        size: Side of a tile, stored pixels.
        stride: From tile to tile, stored pixels.
        min_tissue: Least share of a tile that is tissue.
        max_tissue: Most.
        pens: Ink is no tissue.
        channels: Source channels of a multiplex file that become red, green and blue; None where it has colours.
        within: Annotated classes outside which no tile was kept; none: all tissue.
        coordinates: Tiles lay where another tool had put them, not on the grid of ``stride``.
        searched: Tissue was looked for; else all tiles were cut.
        invert: Values were turned.
    """

    mpp: float
    size: int
    stride: int
    min_tissue: float = 0.5
    max_tissue: float = 1.0
    pens: bool = True
    channels: list[int] | None = None
    within: list[str] = []
    coordinates: bool = False
    searched: bool = True
    invert: bool = False


class Staining(Part):
    """How slides were normalised: a method, and the stain that it brings them to.

    Args:
        method: As ``params.yaml`` names it.
        options: Of the method, all of them.
        seed: Of the study, which the pixels that a slide is fitted on depend on.
        reference: Fit of the slide whose stain all others were brought to; empty of a method that knows none.
    """

    method: str
    options: Json
    seed: int
    reference: Json


class Preparation(Part):
    """What was done to a slide before the encoder saw it; ``staining`` is None where colours were left as they are."""

    stain: str
    tiling: Tiling
    staining: Staining | None = None


class Group(Part):
    """Slides of a split and a site."""

    split: str
    site: str
    patients: int
    slides: int
    tiles: int


class Card(Manifest):
    """Of one encoder. It counts patients and names none, so that it can be handed on.

    Args:
        arm: Its name in the study.
        seed: The repeat.
        settings: What it was trained by: those of the arm, and of training.
        patients: Whose tiles it saw in training.
        tiles: How many.
        steps: Of training.
        weights: Digest of its file.
        cohort: The slides of its stain, those that others were tested on, too, and painted ones, of no patient.
        preparation: Of its slides.
    """

    arm: str
    seed: int
    settings: Json
    patients: int
    tiles: int
    steps: int
    weights: str
    cohort: tuple[Group, ...]
    preparation: Preparation

    def write(self, folder: Path) -> None:
        """Writes it beside the weights."""
        write_json(folder / CARD, self.model_dump(mode="json", exclude={"status", "payload"}))

    def require(self, weights: Sequence[Path], where: Path) -> None:
        """Raises ProductError where the files beside it are other weights than those that it tells of."""
        if [digest_file(path) for path in weights] != [self.weights]:
            fix = f"restore the weights that {CARD} was written for, or put these into a folder without it"
            raise ProductError("the card is of other weights", where=str(where / CARD), fix=fix)
