"""The stain of one slide."""

from pipeline.core.cohort.cohort import require_rgb
from pipeline.core.job import Job
from pipeline.core.manifests.slides import FitManifest, TileManifest
from pipeline.core.seeds import derive
from pipeline.core.store.store import TileStore
from pipeline.normalize.normalizer import FittedNormalizer
from pipeline.normalize.sample import sample_pixels


def make_fit(job: Job) -> FitManifest:
    """Fits the normaliser to a sample of the slide's pixels; a slide without tiles has no fit.

    Args:
        job: Reads the ``tile`` manifest; its spec holds ``seed``, ``method`` and ``options``.

    Raises:
        ProductError: Tiles are not of 8-bit RGB.
    """
    tile, method = TileManifest.read(job.inputs["tile"]), job.spec["method"]
    if tile.store is None or not tile.tiles:
        return FitManifest(slide=tile.slide, method=method, fit=None)
    normalizer: FittedNormalizer = job.load("normalizer")(**job.spec["options"])
    store = TileStore(tile.store)
    require_rgb(store.array("image"), str(tile.store))
    pixels = sample_pixels(store, seed=derive(job.spec["seed"], "normalize", tile.slide))
    return FitManifest(slide=tile.slide, method=method, fit=normalizer.fit(pixels))
