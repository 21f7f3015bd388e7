"""What was done to the slides of a cohort before networks saw them."""

from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.manifests.card import Preparation
from pipeline.core.manifests.index import read_members
from pipeline.core.manifests.slides import NormalizedManifest


def prepared(asked: Json, index: Path) -> Preparation:
    """What the study asked for, with the stain that the slides have now; without one where none was normalised.

    Args:
        asked: The fields of a Preparation, but for the ``reference`` of its staining.
        index: Of ``normalize``; the reference is one of its slides.

    Raises:
        ProductError: They were brought to several stains, or to that of a slide that is not there.
    """
    staining = asked["staining"]
    if staining:
        slides = read_members(index, NormalizedManifest)
        names = {slide.reference for slide in slides.values() if slide.stain == asked["stain"] and slide.normalized}
        fits = [slides[name].stain_fit if name in slides else None for name in names]
        if len(fits) > 1 or None in fits:
            fix = "run the normalize phase again"
            raise ProductError(f"no slide that all of {asked['stain']} were brought to", where=str(index), fix=fix)
        staining = {**staining, "reference": fits[0]} if fits else None
    return Preparation.model_validate({**asked, "staining": staining})
