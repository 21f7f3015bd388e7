"""What ``pretrain`` says of an encoder."""

from pipeline.core.manifests.trained import TrainedManifest


class EncoderManifest(TrainedManifest):
    """A trained encoder; the arm's settings are in the recipe.

    Args:
        arm: Its name in the study.
        seed: The repeat.
    """

    arm: str
    seed: int
