"""What is said of anything that was trained."""

from pathlib import Path

from pydantic import ConfigDict

from pipeline.core.manifests.manifest import Manifest


class TrainedManifest(Manifest):
    """Trained networks.

    Args:
        patients: Whose tiles they saw.
        tiles: How many.
        steps: Of training.
        weights: Network to digest of its weights.
        configs: Network to digest of what it is built with, the colours of its input among them.
        history: Losses by step, CSV.
        samples: Pictures along the way.
        folder: Where the networks lie.
    """

    patients: tuple[str, ...]
    tiles: int
    steps: int
    weights: dict[str, str]
    configs: dict[str, str]
    history: Path
    samples: tuple[Path, ...] = ()
    folder: Path


class AnyTrainedManifest(TrainedManifest):
    """The same, of whatever kind."""

    model_config = ConfigDict(extra="ignore", frozen=True)
