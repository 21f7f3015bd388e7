"""Encoders that a study can name: families with their sizes, and weights that are there already."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import Json
from pipeline.core.networks.inspection import inspect_place
from pipeline.study.method import Method, check_method
from pipeline.study.section import Count, Section


class ResNetOptions(Section):
    """Basic blocks (18, 34) or bottlenecks (50); ``width`` channels after the stem, 64 in the papers."""

    depth: Literal[18, 34, 50] = 50
    stem: Literal["standard", "small"] = "standard"
    width: Count = 64


class ViTOptions(Section):
    """12 blocks of 192, 384 or 768 channels on patches of ``patch`` pixels, of which ``tile.size`` is a multiple.

    ``image``: side in pixels of the tiles that it has positions for, null: the study's; for others they are
    interpolated.
    """

    size: Literal["tiny", "small", "base"] = "small"
    patch: Count = 16
    image: Count | None = None


NETWORKS = "pipeline.core.networks"
FAMILIES = {
    "resnet": Method(f"{NETWORKS}.resnet:ResNetEncoder", "ResNet", ResNetOptions),
    "vit": Method(f"{NETWORKS}.vit:ViTEncoder", "ViT", ViTOptions),
}
RGB = 3  # channels of the tiles that encoders learn from


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

    def is_same(self, other: "Encoder") -> bool:
        """Whether both say the same, be it by what they leave out."""
        if self.family != other.family or self.family not in FAMILIES:
            return self == other
        usual = {key: field.default for key, field in FAMILIES[self.family].options.model_fields.items()}
        return {**usual, **self.given} == {**usual, **other.given}

    def filled(self, tile: int) -> Json:
        """What its family's class is built with, for tiles of so many pixels, beside their colours."""
        found = FAMILIES[self.family].filled(self.given)
        return {**found, "image": found["image"] or tile} if "image" in found else found


def check_encoder(encoder: Encoder, tile: int, where: str) -> Iterator[StudyError]:
    """Mistakes in the family and its keys, for tiles of so many pixels."""
    mistakes = list(check_method(FAMILIES, encoder.family, encoder.given, f"{where}.family", where))
    yield from mistakes
    patch = 1 if mistakes else encoder.filled(tile).get("patch", 1)
    yield from _check_patches(patch, tile, f"{where}.patch")


def check_place(place: str, tile: int, where: str) -> Iterator[StudyError]:
    """Whether weights that are named, as by ``start`` of an arm, are there, whole, and take the study's tiles."""
    try:
        facts = inspect_place(Path(place))
    except ProductError as error:
        yield StudyError(error.message, where=f"{where}: {error.where}", fix=error.fix)
        return
    if facts.channels != RGB:
        text = f"expected an encoder of RGB tiles, found one of {facts.channels} channels"
        yield StudyError(text, where=where, fix="name another")
    yield from _check_patches(facts.multiple, tile, where)


def _check_patches(patch: int, tile: int, where: str) -> Iterator[StudyError]:
    if tile % patch:
        fix = f"set tile.size to a multiple of {patch}, such as {max(1, round(tile / patch)) * patch}"
        yield StudyError(f"patches of {patch} pixels do not fill tiles of {tile}", where=where, fix=fix)


def is_place(name: str) -> bool:
    """Whether ``start`` or ``teacher`` of an arm names a folder or file of weights, not another arm."""
    return "/" in name or name.startswith(".")


def files_of(place: str) -> tuple[Path, ...]:
    """The files in which the weights of a place lie, and what says how they are to be read."""
    return inspect_place(Path(place)).files


def code_of(place: str) -> str:
    """What loads the weights of a place, and the encoder that an arm keeps that started from them."""
    return inspect_place(Path(place)).code
