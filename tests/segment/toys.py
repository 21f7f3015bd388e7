"""A segmenter that is learned in no time, and jobs that train it on a cohort of discs."""

from pathlib import Path

import torch
from torch import nn

from pipeline.core.job import Job
from pipeline.core.segmentation.learner import SegmentationLearner
from pipeline.core.segmentation.losses import dice_and_entropy
from pipeline.core.segmentation.network import SegmentationNetwork
from tests.synthesize.painted import CLASSES, INDEX, OUT

TOY = "tests.segment.toys:ToyLearner"


class Toy(SegmentationNetwork):
    """One weight per channel and class."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__(channels=channels, classes=classes, multiple=1)
        self.head = nn.Conv2d(channels, classes + 1, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(images)

    def maps(self, images: torch.Tensor) -> torch.Tensor:
        return self(images).softmax(1)


class ToyLearner(SegmentationLearner[Toy]):
    def __init__(self, *, size: int, channels: int, classes: int, lr: float, given: int = 0) -> None:
        super().__init__(Toy(channels, classes), {"network": "toy:Toy", "given": given}, lr=lr, colour=0.0)

    def losses(self, images, mask, instance):
        terms = dice_and_entropy(self.network(images), mask)
        return {**terms, "total": terms["dice"] + terms["entropy"]}


def segment_job(arm: str = "real", repeat: int = 0, *, inputs=None, **changes) -> Job:
    """The job of an arm that learns from the cohort of :mod:`tests.synthesize.painted`."""
    spec = {
        "seed": 0, "repeat": repeat, "method": "toy", "options": {"given": 7}, "train": {"real": 1.0},
        "stains": {"labels": "nuclei", "images": "HE"}, "classes": list(CLASSES), "encoder": None,
        "steps": 2, "batch": 4, "buffer": None, "lr": 0.1, "precision": "32-true", "checkpoint_every": 10, **changes,
    }  # fmt: skip
    folder = Path(f"models/segmenters/{arm}/{repeat}")
    outputs = {"manifest": folder.with_suffix(".json"), "folder": folder}
    code = {"maker": "pipeline.segment.training:train_segmenter", "method": TOY}
    groups = {"painted": {"more": OUT / "index.json"}} if "more" in spec["train"] else {}
    return Job(
        "segment", "segment", (arm, str(repeat)), code, {"cohort": INDEX, **(inputs or {})}, outputs, spec, groups
    )
