"""The slide whose stain all others are brought to."""

from collections.abc import Mapping

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.slides import FitManifest, ReferenceManifest
from pipeline.normalize.normalizer import FittedNormalizer, fell_back

AUTO = "auto"
WHERE = "params.yaml: normalize.reference"


def make_reference(job: Job) -> ReferenceManifest:
    """The most typical of the candidates; a named reference is the only one.

    Args:
        job: Reads the candidates' ``fits``; its spec holds ``method``, ``options`` and ``reference``.

    Raises:
        ProductError: No candidate has tiles.
    """
    read = {name: FitManifest.read(path).fit for name, path in sorted(job.groups["fits"].items())}
    fits = {name: fit for name, fit in read.items() if fit is not None}
    if not fits:
        raise _no_candidate(job.spec["reference"])
    normalizer: FittedNormalizer = job.load("normalizer")(**job.spec["options"])
    slide = medoid(normalizer, fits)
    return ReferenceManifest(slide=slide, method=job.spec["method"], fit=fits[slide])


def medoid(normalizer: FittedNormalizer, fits: Mapping[str, Json]) -> str:
    """The slide with the least summed distance to the others; slides that fell back only count if all did."""
    sound = {name: fit for name, fit in fits.items() if not fell_back(fit)} or fits
    names = sorted(sound)
    totals = [sum(normalizer.distance(sound[name], other) for other in sound.values()) for name in names]
    return names[int(np.argmin(totals))]


def _no_candidate(named: str) -> ProductError:
    if named != AUTO:
        fix = "'auto', or a slide with tiles; data/tiles/quarantine.csv says why this one has none"
        return ProductError(f"the reference slide {named!r} has no tiles", where=WHERE, fix=fix)
    fix = "name a slide, or check the sheet's stain and split columns"
    return ProductError("no training slide with tiles to choose a reference from", where=WHERE, fix=fix)
