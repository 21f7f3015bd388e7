"""Which stain encoders learn from."""

from collections.abc import Mapping
from typing import Protocol


class Stained(Protocol):
    @property
    def stain(self) -> str: ...
    @property
    def paired_with(self) -> str: ...


def primary_stains(slides: Mapping[str, Stained]) -> set[str]:
    """The stain that other slides are registered to, else the only one, else HE; several where that decides nothing."""
    registered = {slides[slide.paired_with].stain for slide in slides.values() if slide.paired_with in slides}
    stains = registered or {slide.stain for slide in slides.values()}
    return {"HE"} if "HE" in stains else stains
