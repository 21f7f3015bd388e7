"""A part of a synthetic cohort: masks, and tissue that is painted for them, as two registered slides."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pipeline.core.cohort.classes import present
from pipeline.core.cohort.cohort import Cohort
from pipeline.core.console import track
from pipeline.core.files import Json, aside
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import SITE, ClassCount, PartManifest, PlanManifest, Provenance
from pipeline.core.manifests.slides import Level0, NormalizedManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.translation.noise import tile_seeds
from pipeline.synthesize.plan import read_rows

REAL = "real"
LABELS = {"image": TileArray(), "mask": TileArray("uint8", None), "instance": TileArray("uint16", None)}
Labels = dict[str, np.ndarray]


def make_part(job: Job) -> PartManifest:
    """Makes the masks of a part, or takes those of training tiles, and paints tissue for them.

    Both are written aside and renamed together. What a tile shows depends on its place in the cohort and on no batch.

    Args:
        job: Reads the ``plan``, the manifests of the ``painter`` and of the maker of ``masks`` or, where these are
            real, the ``cohort``; its code names the classes of ``painter`` and ``masks``; its spec holds ``seed``, the
            ``first`` tile and how many ``tiles``, ``stains`` of the ``tissue`` and of the ``masks``, ``size`` and
            ``mpp`` of a tile, ``guidance``, ``sampler``, ``steps`` and ``batch``.
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
        masks, tissue = (partial / f"{slides[use]}.zarr" for use in ("masks", "tissue"))
        labels = _real(job, plan, asked) if made.masks == REAL else _made(job, asked["present"], seeds["masks"])
        digests["masks"] = write_store(masks, labels, columns, attributes["masks"], size=spec["size"], arrays=LABELS)
        painted = track(_painted(job, masks, seeds["tissue"]), f"{name} {part}", _batches(spec))
        digests["tissue"] = write_store(tissue, painted, columns, attributes["tissue"], size=spec["size"])
        counts, exact = _counts(TileStore(masks), asked["present"], plan.classes)
    grid = {"tiles": spec["tiles"], "mpp": spec["mpp"], "size": spec["size"], "stride": spec["size"], "level0": level0}
    manifests = {
        use: NormalizedManifest(**own[use], **grid, store=folder / f"{slides[use]}.zarr", digests=digests[use])
        for use in own
    }
    return PartManifest(payload=(folder,), part=part, provenance=made, counts=counts, exact=exact, **manifests)


def _provenance(job: Job) -> Provenance:
    painter = TranslatorManifest.read(job.inputs["painter"])
    masks = TranslatorManifest.read(job.inputs["masks"]) if "masks" in job.inputs else None
    return Provenance(
        cohort=job.key[0],
        painter=painter.translator,
        painted_by=painter.weights["generator"],
        masks=masks.translator if masks else REAL,
        masks_by=masks.weights["generator"] if masks else "",
        **{key: job.spec[key] for key in ("seed", "guidance", "sampler", "steps")},
    )


def _grid(tiles: int, size: int, mpp: float) -> tuple[dict[str, np.ndarray], Level0]:
    """Places of tiles in a square, row by row, and the slide that this comes to."""
    side = math.ceil(math.sqrt(tiles))
    place = np.arange(tiles)
    xy = np.stack([place % side, place // side], 1).astype(np.int64) * size
    return {"xy": xy, "tissue": np.ones(tiles, np.float32)}, Level0(mpp=mpp, width=side * size, height=side * size)


def _batches(spec: Json) -> int:
    return math.ceil(spec["tiles"] / spec["batch"])


def _made(job: Job, asked: np.ndarray, seeds: Sequence[int]) -> Iterator[Labels]:
    """Masks that show the classes which are asked for, bool (tile, class), as far as their maker can."""
    spec, folder = job.spec, TranslatorManifest.read(job.inputs["masks"]).folder
    maker = job.load("masks").load(folder)
    for start in track(range(0, len(asked), spec["batch"]), "masks", _batches(spec)):
        rows = slice(start, start + spec["batch"])
        how = {"size": spec["size"], "sampler": spec["sampler"], "steps": spec["steps"]}
        yield _labels(*maker(asked[rows], seeds[rows], **how))


def _real(job: Job, plan: PlanManifest, asked: Labels) -> Iterator[Labels]:
    """The masks of the training tiles that the plan names, nuclei numbered anew within each tile."""
    cohort, batch = Cohort.read(job.inputs["cohort"]), job.spec["batch"]
    stores = {place: TileStore(cohort.members[plan.slides[place]].store) for place in np.unique(asked["slide"])}
    for start in range(0, len(asked["row"]), batch):
        place, row = (asked[key][start : start + batch] for key in ("slide", "row"))
        tiles = [
            {key: stores[p].array(key)[np.array([r])][0] for key in ("mask", "instance")}
            for p, r in zip(place, row, strict=True)
        ]
        yield _labels(
            np.stack([own["mask"] for own in tiles]), np.stack([renumbered(own["instance"]) for own in tiles])
        )


def renumbered(instance: np.ndarray) -> np.ndarray:
    """Ids of nuclei of one tile, (y, x), as 1, 2 and so on in their order: uint16; 0 stays."""
    ids, place = np.unique(instance, return_inverse=True)
    return np.asarray(place.reshape(instance.shape) + (ids[0] != 0), np.uint16)


def _labels(mask: np.ndarray, instance: np.ndarray) -> Labels:
    """With a picture as slides of masks have them: white nuclei on black."""
    white = np.where(instance > 0, np.uint8(255), np.uint8(0))
    return {"image": np.repeat(white[..., None], 3, -1), "mask": mask, "instance": instance}


def _painted(job: Job, masks: Path, seeds: Sequence[int]) -> Iterator[np.ndarray]:
    spec, labels = job.spec, TileStore(masks)
    painter = job.load("painter").load(TranslatorManifest.read(job.inputs["painter"]).folder)
    how = {key: spec[key] for key in ("guidance", "sampler", "steps")}
    mask, instance = labels.array("mask"), labels.array("instance")
    for start in range(0, len(labels), spec["batch"]):
        rows = slice(start, start + spec["batch"])
        yield painter(mask[rows], instance[rows], seeds[rows], **how)


def _counts(labels: TileStore, asked: np.ndarray, classes: Sequence[str]) -> tuple[dict[str, ClassCount], int]:
    """By class the tiles that were asked to show it, those that do, and its nuclei; tiles that are just as asked."""
    got, nuclei = np.zeros_like(asked), np.zeros(len(classes), np.int64)
    for row, (mask, instance) in enumerate(zip(labels.array("mask")[:], labels.array("instance")[:], strict=True)):
        got[row] = present(mask[None], len(classes))[0]
        ids, first = np.unique(instance, return_index=True)
        nuclei += np.bincount(mask.ravel()[first[ids > 0]], minlength=len(classes) + 1)[1:]
    found = zip(classes, asked.sum(0).tolist(), got.sum(0).tolist(), nuclei.tolist(), strict=True)
    counts = {name: ClassCount(asked=a, got=g, nuclei=n) for name, a, g, n in found}
    return counts, int((got == asked).all(1).sum())
