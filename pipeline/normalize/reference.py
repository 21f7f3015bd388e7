"""The slide whose stain all others are brought to."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.files import Json, read_json
from pipeline.core.job import Job
from pipeline.core.seeds import derive
from pipeline.core.store.store import TileStore
from pipeline.normalize.normalizer import Normalizer
from pipeline.normalize.sample import sample_pixels
from pipeline.study.registry import NORMALIZERS, lookup

AUTO = "auto"


def make_reference(job: Job) -> Json:
    """The named slide's fit, or with ``auto`` that of the most typical training slide.

    Args:
        job: Reads the tile index.

    Returns:
        ``slide`` and its fit (``matrix`` (3, 2) and ``p99`` (2,) for Macenko).
    """
    tiles: dict[str, Json] = read_json(job.inputs[0])["members"]
    usable = {name: tile for name, tile in tiles.items() if tile["status"] == "complete" and tile["tiles"]}
    normalizer = load_normalizer(job.spec)
    head = {"status": "complete", "method": job.spec["method"]}
    if not normalizer.changes:
        return {**head, "slide": None}
    named = job.spec["reference"]
    if named != AUTO and named not in usable:
        raise ProductError(
            f"the reference slide {named!r} has no tiles",
            where="params.yaml: normalize.reference",
            fix=f"'auto', or one of: {', '.join(sorted(usable)[:20])}",
        )
    stains = job.spec["stains"]
    learned = [name for name, tile in usable.items() if tile["stain"] in stains and tile["split"] == "train"]
    candidates = sorted(learned) if named == AUTO else [named]
    if not candidates:
        raise ProductError(
            f"no training slide of stain {', '.join(stains)} to choose a reference from",
            where="params.yaml: normalize.reference",
            fix="name a slide, or check the sheet's stain and split columns",
        )
    fits = {name: fit_slide(normalizer, usable[name], job.spec["seed"]) for name in candidates}
    slide = medoid(normalizer, fits)
    return {**head, "slide": slide, **fits[slide]}


def load_normalizer(spec: Json) -> Normalizer:
    """The normaliser of the ``normalize`` section."""
    normalizer: Normalizer = lookup(NORMALIZERS, spec["method"], "normalize").load()(**spec["options"])
    return normalizer


def fit_slide(normalizer: Normalizer, tile: Json, seed: int, fallback: Json | None = None) -> Json:
    """The fit of one slide, given its tile manifest."""
    pixels = sample_pixels(TileStore(Path(tile["store"])), seed=derive(seed, "normalize", tile["slide"]))
    return normalizer.fit(pixels, fallback)


def medoid(normalizer: Normalizer, fits: dict[str, Json]) -> str:
    """The slide with the least summed distance to the others; slides that fell back only count if all did."""
    sound = {name: fit for name, fit in fits.items() if not fit.get("fallback")} or fits
    names = sorted(sound)
    totals = [sum(normalizer.distance(sound[name], other) for other in sound.values()) for name in names]
    return names[int(np.argmin(totals))]
