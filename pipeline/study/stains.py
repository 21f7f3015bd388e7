"""What the stains of a study are: pictures of light, of fluorescence, of electrons, or of classes."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from pipeline.core.files import Json
from pipeline.core.kinds import Kind
from pipeline.study.section import Name, Section, Switch, Whole, distinct

T = TypeVar("T")
USUAL: dict[str, Kind] = {
    "mIHC": "fluorescence",
    "IF": "fluorescence",
    "DAPI": "fluorescence",
    "nuclei": "mask",
    "mask": "mask",
    "TEM": "electron",
    "SEM": "electron",
}
SIMULATED = ("gland", "lymphoid", "stroma", "tumour")  # classes of simulated nuclei, :mod:`pipeline.phantom.layout`
IDS = 255  # of classes in a mask of 8 bits
Class = Annotated[int, Field(ge=0, le=IDS, strict=True)]
Classes = Annotated[list[Name], Field(min_length=1, max_length=IDS), AfterValidator(distinct)]


class Stain(Section):
    """A stain of the sheet. ``channels``: source channels of a multiplex TIFF that become red, green and blue.

    ``classes``: of a mask, the names of its ids 1, 2 and so on; those of simulated nuclei need not be named.
    ``values``: number in its files to class id, where they are not ids. ``labels``: what numbers in its files are,
    where the format does not say: classes, ids of objects, or objects that a folder holds a picture each of.
    ``invert``: dark and bright change places in pictures of electrons.
    """

    kind: Kind
    channels: Annotated[list[Whole], Field(min_length=1, max_length=3)] | None = None
    classes: Classes | None = None
    values: Annotated[dict[Whole, Class], Field(min_length=1)] | None = None
    labels: Literal["class", "instance", "objects"] | None = None
    invert: Switch = False

    @field_validator("classes", "values", "labels")
    @classmethod
    def _of_masks(cls, value: T, info: ValidationInfo) -> T:
        if value is not None and info.data.get("kind", "mask") != "mask":
            raise ValueError(f"a stain of kind {info.data['kind']!r} has no {info.field_name}")
        return value

    @field_validator("values")
    @classmethod
    def _known(cls, values: dict[int, int] | None, info: ValidationInfo) -> dict[int, int] | None:
        classes = info.data.get("classes")
        if values and classes and max(values.values()) > len(classes):
            raise ValueError(f"class id {max(values.values())}, and the names of {len(classes)} classes")
        return values

    @field_validator("labels")
    @classmethod
    def _of_classes(cls, labels: str | None, info: ValidationInfo) -> str | None:
        if labels not in (None, "class") and info.data.get("values"):
            raise ValueError("'values' are those of classes: remove them, or set labels: class")
        return labels

    @field_validator("invert")
    @classmethod
    def _of_electrons(cls, invert: bool, info: ValidationInfo) -> bool:
        if invert and info.data.get("kind", "electron") != "electron":
            raise ValueError(f"a stain of kind {info.data['kind']!r} is not turned, only one of kind 'electron'")
        return invert


def kind_of(stain: str, declared: Mapping[str, Stain]) -> Kind:
    """The kind of a stain: as declared, else as usual for its name, else light."""
    return declared[stain].kind if stain in declared else USUAL.get(stain, "light")


def reading_of(stain: str, declared: Mapping[str, Stain]) -> Json:
    """How slides of a stain are cut otherwise than usual: pictures of electrons have no colours to know tissue by."""
    if kind_of(stain, declared) != "electron":
        return {}
    own = declared.get(stain)
    return {"searched": False, "invert": bool(own and own.invert)}


def classes_of(stain: str, declared: Mapping[str, Stain], *, simulated: bool) -> tuple[str, ...]:
    """Names of the ids 1, 2 and so on of a mask stain; none where nobody named them, or of another kind.

    Args:
        stain: Of the sheet.
        declared: What the study says of stains.
        simulated: Whether the study simulates its slides, whose classes are known.
    """
    if kind_of(stain, declared) != "mask":
        return ()
    named = declared[stain].classes if stain in declared else None
    return tuple(named) if named else SIMULATED if simulated else ()
