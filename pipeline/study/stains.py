"""What the stains of a study are: pictures of light, of fluorescence, of electrons, or of classes."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from pipeline.core.kinds import Kind
from pipeline.study.section import Section, Whole

USUAL: dict[str, Kind] = {
    "mIHC": "fluorescence",
    "IF": "fluorescence",
    "DAPI": "fluorescence",
    "nuclei": "mask",
    "mask": "mask",
    "TEM": "electron",
    "SEM": "electron",
}


class Stain(Section):
    """A stain of the sheet. ``channels``: source channels of a multiplex TIFF that become red, green and blue."""

    kind: Kind
    channels: Annotated[list[Whole], Field(min_length=1, max_length=3)] | None = None


def kind_of(stain: str, declared: Mapping[str, Stain]) -> Kind:
    """The kind of a stain: as declared, else as usual for its name, else light."""
    return declared[stain].kind if stain in declared else USUAL.get(stain, "light")
