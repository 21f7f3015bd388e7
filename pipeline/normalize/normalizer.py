"""The interface of stain normalisers."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.normalizer import NormalizerManifest
from pipeline.core.stain.colour_map import ColourMap
from pipeline.core.stain.rules import Rule

# tiles to tiles in other colours: uint8 (tile, y, x, 3) both; what a tile becomes depends on that tile alone
Change = Callable[[np.ndarray], np.ndarray]


class Normalizer(ABC):
    """Brings the colours of a slide to those of a reference.

    Constructors take the method's options. One that learns on a cohort takes ``model`` as well: the
    folder where its training left the networks. One that knows every slide by its own stain is a
    :class:`FittedNormalizer`.
    """

    @abstractmethod
    def change(self, fit: Json, target: Json) -> Change:
        """What is done to the tiles of one slide.

        Args:
            fit: Of the slide; empty where the method fits no slides.
            target: Of the reference; empty where the method fits no slides.
        """


class FittedNormalizer(Normalizer):
    """Knows the stain of a slide by its fit: plain JSON that travels in manifests.

    ``fallback`` in a fit is True where the pixels did not determine the stain: the slide is then
    taken to look like the reference, and is no reference itself.
    """

    @abstractmethod
    def rule(self, fit: Json, target: Json) -> Rule:
        """What becomes of every colour of a slide."""

    def change(self, fit: Json, target: Json) -> ColourMap:
        """The rule, looked up."""
        return ColourMap(self.rule(fit, target).apply)

    @abstractmethod
    def fit(self, pixels: np.ndarray) -> Json:
        """The stain of a slide.

        Args:
            pixels: uint8 (pixel, 3), a sample of its tissue tiles.
        """

    @abstractmethod
    def distance(self, one: Json, other: Json) -> float:
        """Difference of two fits; the slide nearest to all others is the reference."""


def load_normalizer(job: Job) -> Normalizer:
    """The method that a job names, with its options and, where it learned, its networks."""
    model = {"model": NormalizerManifest.read(job.inputs["model"]).folder} if "model" in job.inputs else {}
    normalizer: Normalizer = job.load("normalizer")(**job.spec["options"], **model)
    return normalizer


def fell_back(fit: Json) -> bool:
    """Whether the pixels did not determine this fit."""
    return bool(fit.get("fallback"))


def usable(fit: Json | None, target: Json) -> Json:
    """A slide's fit, or that of the reference where the slide's pixels did not determine one."""
    return {**target, "fallback": True} if fit is None or fell_back(fit) else fit
