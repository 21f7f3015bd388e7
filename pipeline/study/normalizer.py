"""A normaliser as ``params.yaml`` names it: what it asks of a study, and its options with their ranges and defaults."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from pipeline.study.adversarial import UNetOptions
from pipeline.study.method import Method
from pipeline.study.section import Positive, Section, Share, Switch, Training, Weight, Whole


class MacenkoOptions(Section):
    """See :class:`pipeline.normalize.macenko.Macenko`."""

    io: Positive = 255.0
    offset: Weight = 0.0
    beta: Weight = 0.15
    alpha: Annotated[float, Field(gt=0, lt=50, strict=True)] = 1.0
    mask: Literal["mean", "any"] = "mean"


class VahadaneOptions(Section):
    """See :class:`pipeline.normalize.vahadane.Vahadane`."""

    io: Positive = 255.0
    offset: Weight = 0.0
    luminosity: Share = 0.8
    sparsity: Weight = 0.1
    penalty: Weight = 0.01
    rescale: Switch = True
    brightness: Annotated[float, Field(gt=0, le=100, strict=True)] | None = None


class ReinhardOptions(Section):
    """See :class:`pipeline.normalize.reinhard.Reinhard`."""

    tissue: Switch = True
    beta: Weight = 0.15


class SAASNOptions(UNetOptions):
    """See :class:`pipeline.normalize.saasn.SAASN`."""

    pool: Whole = 50
    lambda_cycle: Weight = 10.0
    structural: Weight = 10.0
    dssim: Weight = 10.0
    identity: Weight = 0.1
    boundary: Switch = True
    spectral: Switch = True
    attention: Whole = 64


@dataclass(frozen=True)
class Normalizer(Method):
    """A normaliser.

    Args:
        fits: It knows a slide by its own stain, and has a slide as reference.
        learner: What is trained on the cohort before it can be applied, as ``code``; its reference is a site.
        training: How, where ``params.yaml`` does not say it.
        least_batch: Tiles that are learned from at once, at least.
    """

    fits: bool = False
    learner: str = ""
    training: Training = field(default_factory=Training)
    least_batch: int = 1

    @property
    def applied(self) -> dict[str, str]:
        """What a job that applies it can reach: its networks are those of its learner."""
        found = {"normalizer": self.code, "learner": self.learner}
        return {name: code for name, code in found.items() if code}

    def trained(self, asked: Training) -> Training:
        """How it is trained: as asked, and by its own defaults where nothing is."""
        return self.training.model_copy(update=asked.model_dump(exclude_unset=True))
