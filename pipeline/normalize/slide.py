"""One slide, stain-normalised."""

import shutil
from pathlib import Path

from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.store.store import TileStore, write_store
from pipeline.normalize.reference import fit_slide, load_normalizer

BLOCK = 64


def make_slide(job: Job) -> Json:
    """Fits the slide once, transforms its tiles in blocks and writes the derived store.

    Slides of other stains, quarantined slides and ``method: none`` pass through: their manifest
    points at the tile store.

    Args:
        job: Reads the slide's tile manifest and the reference.

    Returns:
        The tile manifest with the store of normalised tiles and the slide's fit.
    """
    tile, reference = (read_json(path) for path in job.inputs)
    if tile["status"] != "complete":
        return tile
    normalizer = load_normalizer(job.spec)
    shutil.rmtree(job.store, ignore_errors=True)  # of earlier settings
    if not normalizer.changes or tile["stain"] not in job.spec["stains"] or not tile["tiles"]:
        return {**tile, "normalized": False, "stain_fit": None}
    fit = fit_slide(normalizer, tile, job.spec["seed"], fallback=reference)
    parent = TileStore(Path(tile["store"]))
    digests = write_store(
        job.store,
        (normalizer.transform(block, fit, reference) for block in parent.blocks(BLOCK)),
        parent.columns(),
        {
            **parent.attributes,
            "parent": tile["store"],
            "normalizer": job.spec["method"],
            "reference": reference["slide"],
        },
        size=parent.size,
    )
    return {**tile, "store": job.store.as_posix(), "digests": digests, "normalized": True, "stain_fit": fit}
