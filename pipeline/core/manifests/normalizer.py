"""What ``normalize`` says of a normaliser that learns."""

from pipeline.core.manifests.trained import TrainedManifest


class NormalizerManifest(TrainedManifest):
    """A normaliser that was trained on the cohort; of its networks ``generator`` normalises.

    Args:
        method: Its name in the study.
        target: The site whose stain it makes.
        sources: The sites whose slides it learned from besides.
    """

    method: str
    target: str
    sources: tuple[str, ...]
