"""What the stains of a study are: pictures of light, of fluorescence, of electrons, or of classes."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from pipeline.core.kinds import Kind
from pipeline.study.section import Name, Section, Whole, distinct

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
Classes = Annotated[list[Name], Field(min_length=1, max_length=IDS), AfterValidator(distinct)]


class Stain(Section):
    """A stain of the sheet. ``channels``: source channels of a multiplex TIFF that become red, green and blue.

    ``classes``: of a mask, the names of its ids 1, 2 and so on; those of simulated nuclei need not be named.
    """

    kind: Kind
    channels: Annotated[list[Whole], Field(min_length=1, max_length=3)] | None = None
    classes: Classes | None = None

    @field_validator("classes")
    @classmethod
    def _of_masks(cls, classes: list[str] | None, info: ValidationInfo) -> list[str] | None:
        if classes is not None and info.data.get("kind", "mask") != "mask":
            raise ValueError(f"a stain of kind {info.data['kind']!r} has no ids of classes")
        return classes


def kind_of(stain: str, declared: Mapping[str, Stain]) -> Kind:
    """The kind of a stain: as declared, else as usual for its name, else light."""
    return declared[stain].kind if stain in declared else USUAL.get(stain, "light")


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
