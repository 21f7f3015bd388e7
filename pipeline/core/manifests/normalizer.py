"""What ``normalize`` says of a normaliser that learns."""

from pathlib import Path

from pipeline.core.manifests.manifest import Manifest


class NormalizerManifest(Manifest):
    """A normaliser that was trained on the cohort.

    Args:
        method: How it was trained.
        steps: Of training.
        patients: Whose tiles it saw.
        tiles: That it saw.
        weights: Network to digest.
        history: Losses by step, CSV.
        folder: Where the networks lie.
    """

    method: str
    steps: int
    patients: tuple[str, ...]
    tiles: int
    weights: dict[str, str]
    history: Path
    folder: Path
