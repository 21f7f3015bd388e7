"""The masks of a part of a synthetic cohort: made, or those of training tiles, and what they show."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.core.cohort.classes import present
from pipeline.core.cohort.cohort import Cohort
from pipeline.core.console import track
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import ClassCount, PlanManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore

LABELS = {"image": TileArray(), "mask": TileArray("uint8", None), "instance": TileArray("uint16", None)}
Labels = dict[str, np.ndarray]  # of some tiles: every array of LABELS


def batches(spec: Json) -> int:
    """How many times a generator is asked for the tiles of a part."""
    return -(-int(spec["tiles"]) // int(spec["batch"]))


def made_labels(job: Job, asked: np.ndarray, seeds: Sequence[int]) -> Iterator[Labels]:
    """Masks that show the classes which are asked for, bool (tile, class), as far as their maker can."""
    spec, folder = job.spec, TranslatorManifest.read(job.inputs["masks"]).folder
    maker = job.load("masks").load(folder)
    for start in track(range(0, len(asked), spec["batch"]), "masks", batches(spec)):
        rows = slice(start, start + spec["batch"])
        how = {
            "size": spec["size"],
            "guidance": spec["mask_guidance"],
            "sampler": spec["sampler"],
            "steps": spec["steps"],
        }
        yield _labels(*maker(asked[rows], seeds[rows], **how))


def real_labels(job: Job, plan: PlanManifest, asked: Labels) -> Iterator[Labels]:
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


def count_classes(labels: TileStore, asked: np.ndarray, classes: Sequence[str]) -> tuple[dict[str, ClassCount], int]:
    """Tiles and nuclei by class; and how many tiles show just what they were asked to, bool (tile, class)."""
    got, nuclei = np.zeros_like(asked), np.zeros(len(classes), np.int64)
    for row, (mask, instance) in enumerate(zip(labels.array("mask")[:], labels.array("instance")[:], strict=True)):
        got[row] = present(mask[None], len(classes))[0]
        ids, first = np.unique(instance, return_index=True)
        nuclei += np.bincount(mask.ravel()[first[ids > 0]], minlength=len(classes) + 1)[1:]
    tiles = (shows.sum(0).tolist() for shows in (asked, got, asked & got))
    found = zip(classes, *tiles, nuclei.tolist(), strict=True)
    counts = {name: ClassCount(asked=a, got=g, met=m, nuclei=n) for name, a, g, m, n in found}
    return counts, int((got == asked).all(1).sum())
