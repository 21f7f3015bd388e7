"""What a study does to a slide before an encoder sees it: all that using the encoder elsewhere depends on."""

from typing import TYPE_CHECKING

from pipeline.core.files import Json
from pipeline.study.normalize import METHODS
from pipeline.study.stains import reading_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

TILING = {"mpp", "size", "stride", "min_tissue", "max_tissue", "pens", "within"}


def preparation(study: "Study", stain: str) -> Json:
    """The fields of :class:`pipeline.core.manifests.card.Preparation`, without a reference that a job has to find.

    Args:
        study: Valid.
        stain: That encoders learn from.
    """
    section, method, own = study.normalize, METHODS[study.normalize.method], study.stains.get(stain)
    staining = None
    if method.code and stain in section.stains:
        staining = {"method": section.method, "options": method.filled(section.options), "seed": study.seed}
        staining |= {} if method.fits else {"reference": {}}
    tiling = study.tile.model_dump(mode="json", include=TILING)
    tiling |= {"channels": own.channels if own else None, "coordinates": bool(study.tile.coordinates)}
    return {"stain": stain, "tiling": {**tiling, **reading_of(stain, study.stains)}, "staining": staining}
