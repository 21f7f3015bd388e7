"""A part of a synthetic cohort: masks, and tissue that is painted for them, as two registered slides."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pipeline.core.console import track
from pipeline.core.files import Json, aside
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import SITE, PartManifest, PlanManifest, Provenance
from pipeline.core.manifests.slides import Level0, NormalizedManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.translation.noise import tile_seeds
from pipeline.synthesize.labels import LABELS, batches, count_classes, made_labels, real_labels
from pipeline.synthesize.plan import read_rows

REAL = "real"


def make_part(job: Job) -> PartManifest:
    """Makes the masks of a part, or takes those of training tiles, and paints tissue for them.

    Both are written aside and renamed together. What a tile shows depends on its place in the cohort and on no batch.

    Args:
        job: Reads the ``plan``, the manifests of the ``painter`` and of the maker of ``masks`` or, where these are
            real, the ``cohort``; its code names the classes of ``painter`` and ``masks``; its spec holds ``seed``, the
            ``first`` tile and how many ``tiles``, ``stains`` of the ``tissue`` and of the ``masks``, ``size`` and
            ``mpp`` of a tile, ``guidance``, ``mask_guidance``, ``sampler``, ``steps`` and ``batch``.
    """
    spec, (name, part), folder = job.spec, job.key, job.outputs["folder"]
    plan, made = PlanManifest.read(job.inputs["plan"]), _provenance(job)
    asked = read_rows(plan, spec["first"], spec["tiles"])
    rows = range(spec["first"], spec["first"] + spec["tiles"])
    seeds = {use: tile_seeds(spec["seed"], "synthesize", name, use, rows=rows) for use in ("masks", "tissue")}
    slides = {use: f"{name}-{part}-{stain}" for use, stain in spec["stains"].items()}
    facts: Json = {"patient": f"{name}-{part}", "site": SITE, "split": "train"}
    own: dict[str, Json] = {
        use: {
            **facts,
            "slide": slides[use],
            "stain": stain,
            "paired_with": slides["tissue"] if use == "masks" else "",
        }
        for use, stain in spec["stains"].items()
    }
    columns, level0 = _grid(spec["tiles"], spec["size"], spec["mpp"])
    shared = {"mpp": spec["mpp"], "level0": level0.model_dump(), "classes": list(plan.classes)}
    attributes = {use: {**own[use], **shared, **made.model_dump(mode="json")} for use in own}
    digests = {}
    with aside(folder) as partial:
        places = {use: partial / f"{slide}.zarr" for use, slide in slides.items()}
        real = made.masks == REAL
        labels = real_labels(job, plan, asked) if real else made_labels(job, asked["present"], seeds["masks"])
        digests["masks"] = write_store(
            places["masks"], labels, columns, attributes["masks"], size=spec["size"], arrays=LABELS
        )
        painted = track(_painted(job, places["masks"], seeds["tissue"]), f"{name} {part}", batches(spec))
        digests["tissue"] = write_store(places["tissue"], painted, columns, attributes["tissue"], size=spec["size"])
        counts, exact = count_classes(TileStore(places["masks"]), asked["present"], plan.classes)
    grid = {"tiles": spec["tiles"], "mpp": spec["mpp"], "size": spec["size"], "stride": spec["size"], "level0": level0}
    tissue, masks = (
        NormalizedManifest(**own[use], **grid, store=folder / f"{slides[use]}.zarr", digests=digests[use])
        for use in ("tissue", "masks")
    )
    return PartManifest(
        payload=(folder,), part=part, provenance=made, tissue=tissue, masks=masks, counts=counts, exact=exact
    )


def _provenance(job: Job) -> Provenance:
    painter = TranslatorManifest.read(job.inputs["painter"])
    masks = TranslatorManifest.read(job.inputs["masks"]) if "masks" in job.inputs else None
    return Provenance(
        cohort=job.key[0],
        painter=painter.translator,
        painted_by=painter.weights["generator"],
        masks=masks.translator if masks else REAL,
        masks_by=masks.weights["generator"] if masks else "",
        **{key: job.spec[key] for key in ("seed", "guidance", "mask_guidance", "sampler", "steps")},
    )


def _grid(tiles: int, size: int, mpp: float) -> tuple[dict[str, np.ndarray], Level0]:
    """Places of tiles in a square, row by row, and the slide that this comes to."""
    side = math.ceil(math.sqrt(tiles))
    place = np.arange(tiles)
    xy = np.stack([place % side, place // side], 1).astype(np.int64) * size
    return {"xy": xy, "tissue": np.ones(tiles, np.float32)}, Level0(mpp=mpp, width=side * size, height=side * size)


def _painted(job: Job, masks: Path, seeds: Sequence[int]) -> Iterator[np.ndarray]:
    spec, labels = job.spec, TileStore(masks)
    painter = job.load("painter").load(TranslatorManifest.read(job.inputs["painter"]).folder)
    how = {key: spec[key] for key in ("guidance", "sampler", "steps")}
    mask, instance = labels.array("mask"), labels.array("instance")
    for start in range(0, len(labels), spec["batch"]):
        rows = slice(start, start + spec["batch"])
        yield painter(mask[rows], instance[rows], seeds[rows], **how)
