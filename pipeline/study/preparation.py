"""What a study does to a slide before an encoder sees it: all that using the encoder elsewhere depends on."""

from typing import TYPE_CHECKING

from pipeline.core.files import Json
from pipeline.study.normalize import METHODS

if TYPE_CHECKING:
    from pipeline.study.study import Study

TILING = {"mpp", "size", "stride", "min_tissue", "max_tissue", "pens"}


def preparation(study: "Study", stain: str) -> Json:
    """The fields of :class:`pipeline.core.manifests.card.Preparation`, without the reference, which a job finds.

    Args:
        study: Valid.
        stain: That encoders learn from.
    """
    section, method, own = study.normalize, METHODS[study.normalize.method], study.stains.get(stain)
    staining = None
    if method.fits and stain in section.stains:
        staining = {"method": section.method, "options": method.filled(section.options), "seed": study.seed}
    tiling = {**study.tile.model_dump(mode="json", include=TILING), "channels": own.channels if own else None}
    return {"stain": stain, "tiling": tiling, "staining": staining}
