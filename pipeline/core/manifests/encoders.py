"""What ``pretrain`` says of an encoder."""

from pathlib import Path

from pydantic import ConfigDict

from pipeline.core.manifests.manifest import Manifest


class Trained(Manifest):
    """What the manifest of anything that was trained says: its losses by step, CSV; not there where no step was."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    history: Path


class EncoderManifest(Manifest):
    """A trained encoder; the arm's settings are in the recipe.

    Args:
        arm: Its name in the study.
        seed: The repeat.
        patients: Whose tiles it saw.
        tiles: That it saw.
        steps: Of training.
        weights: Digest.
        history: Losses by step, CSV.
        folder: Where the network lies.
    """

    arm: str
    seed: int
    patients: tuple[str, ...]
    tiles: int
    steps: int
    weights: str
    history: Path
    folder: Path
