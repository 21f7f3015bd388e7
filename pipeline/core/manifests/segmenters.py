"""What ``segment`` says of a segmenter."""

from pipeline.core.manifests.trained import TrainedManifest


class SegmenterManifest(TrainedManifest):
    """A trained segmenter; of its networks ``segmenter`` is the one.

    Args:
        arm: Its name in the study.
        seed: The repeat.
        method: How it was trained.
        classes: Names of the ids 1, 2 and so on of its masks.
        labels: Stain of the masks that it learned.
        images: Stain of the tiles with these labels.
        reads: Stain of the tiles that it reads: ``images``, or that of their views.
        through: Translator that made these views; empty where it learned from the tiles themselves.
        learned: Tiles that it learned from by source: ``real``, or a synthetic cohort.
        real: Real training tiles with labels, of which its shares are.
    """

    arm: str
    seed: int
    method: str
    classes: tuple[str, ...]
    labels: str
    images: str
    reads: str
    through: str = ""
    learned: dict[str, int]
    real: int
