"""Encoders that a study can name: families with their sizes, and weights that are there already."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.study.method import Method, check_method
from pipeline.study.section import Count, Section


class ResNetOptions(Section):
    """Basic blocks (18, 34) or bottlenecks (50); ``width`` channels after the stem, 64 in the papers."""

    depth: Literal[18, 34, 50] = 50
    stem: Literal["standard", "small"] = "standard"
    width: Count = 64


FAMILIES = {"resnet": Method("pipeline.core.networks.resnet:ResNetEncoder", "ResNet", ResNetOptions)}


class Encoder(Section):
    """What an encoder is; the other keys are those of its ``family``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    family: str = "resnet"

    @property
    def given(self) -> dict[str, Any]:
        """The keys of its family, as ``params.yaml`` has them."""
        return dict(self.model_extra or {})

    @property
    def code(self) -> str:
        """Where its family's code is."""
        return FAMILIES[self.family].code

    def filled(self) -> Json:
        """What its family's class is built with, beside the colours of the tiles."""
        return FAMILIES[self.family].filled(self.given)


def check_encoder(encoder: Encoder, where: str) -> Iterator[StudyError]:
    """Mistakes in the family and its keys."""
    yield from check_method(FAMILIES, encoder.family, encoder.given, f"{where}.family", where)


def is_place(name: str) -> bool:
    """Whether ``start`` or ``teacher`` of an arm names a folder or file of weights, not another arm."""
    return "/" in name or name.startswith(".")


def files_of(place: str) -> list[Path]:
    """The files in which the weights of a place lie, and what says how they are to be read."""
    path = Path(place)
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in (".json", ".safetensors"))
