"""What ``normalize`` says of a normaliser that learns."""

from pipeline.core.manifests.trained import TrainedManifest


class NormalizerManifest(TrainedManifest):
    """A normaliser that was trained on the cohort; ``method`` is its name in the study."""

    method: str
