"""MIMKD: a student whose features and maps share as much information with its teacher's as they can."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from torch import nn

from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.bounds import FeatureBound, GlobalBound, LocalBound
from pipeline.pretrain.distillation import Distillation
from pipeline.pretrain.frozen import Frozen
from pipeline.pretrain.jsd import rolled
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.recalled_bound import RecalledBound
from pipeline.pretrain.samples import Samples, Views
from pipeline.pretrain.sources import read_teacher

TILE = "tile"  # array of the tiles' numbers


class MIMKD(Distillation):
    """Lower bounds on the mutual information of student and teacher (Shrivastava et al. 2023, arXiv 2110.15946).

    The critics learn with the student. ``global`` is of both features, ``local`` of the student's last map, at every
    position, and the teacher's features, ``feature`` of the maps of both, position by position. A weight of 0 leaves
    one out.

    Args:
        encoder: The student.
        settings: Common to all arms.
        teacher: Of any family and size.
        tiles: Number of training tiles.
        classes: Number of classes of the labels; 0 without.
        alpha: Weight of the cross-entropy.
        lambda_global: Weight of the first bound.
        lambda_local: Of the second.
        lambda_feature: Of the third.
        width: Of the critics.
        bound: Of ``global``: ``jsd`` with one negative, as of the others, or ``infonce`` with those of a memory bank.
        bank: Its options, see :class:`pipeline.pretrain.recalled_bound.RecalledBound`.
    """

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        teacher: Frozen,
        *,
        tiles: int,
        classes: int = 0,
        alpha: float = 1.0,
        lambda_global: float = 1.0,
        lambda_local: float = 0.75,
        lambda_feature: float = 1.0,
        width: int = 512,
        bound: Literal["jsd", "infonce"] = "jsd",
        bank: Json | None = None,
    ) -> None:
        super().__init__(encoder, settings, teacher, classes=classes, alpha=alpha)
        self.weights |= {"global": -lambda_global, "local": -lambda_local, "feature": -lambda_feature}
        self.unused = not (classes or lambda_global)  # what makes features of the last map
        self.bounds = nn.ModuleDict()
        if lambda_global and bound == "jsd":
            self.bounds["global"] = GlobalBound(encoder.features, teacher.features, width)
        elif lambda_global:
            self.bounds["global"] = RecalledBound(encoder.features, teacher.features, width, tiles, **(bank or {}))
        if lambda_local:
            self.bounds["local"] = LocalBound(encoder.channels[-1], teacher.features, width)
        if lambda_feature:
            self.bounds["feature"] = FeatureBound(encoder.channels, teacher.channels, width)

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "MIMKD":
        tiles, classes = len(samples.arrays["image"]), len(samples.classes)
        options = job.spec["arm"]["options"]
        return cls(encoder, settings, read_teacher(job), tiles=tiles, classes=classes, **options)

    @classmethod
    def arrays(cls, samples: Samples) -> Mapping[str, Views]:
        return {**samples.arrays, TILE: np.arange(len(samples.arrays["image"]))}

    def distilled(self, student: Outputs, teacher: Outputs, batch: Batch) -> Losses:
        maps = tuple(map(rolled, teacher.maps)) if "feature" in self.bounds else ()  # which alone looks at them
        stranger = Outputs(rolled(teacher.features), maps)
        return {name: bound(student, teacher, stranger, batch[TILE]) for name, bound in self.bounds.items()}
