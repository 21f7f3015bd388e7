"""What an arm learns from: the training tiles, and their privileged views, numbers or labels."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member, joined, require_images, require_rgb
from pipeline.core.cohort.paired import few_patients, paired_patients
from pipeline.core.cohort.privileged import SELF, real_stain
from pipeline.core.cohort.vectors import VectorTable
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.manifests.translators import GateManifest
from pipeline.core.store.rows import Rows
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.task import Task, has_target
from pipeline.core.text.captions import Captions, require_all
from pipeline.pretrain.captions import CaptionTable

BLOCK = 256
Colours = tuple[tuple[float, ...], tuple[float, ...]]  # mean and standard deviation per channel, or per number
Views = Rows | np.ndarray


@dataclass(frozen=True)
class Samples:
    """Aligned arrays of an arm.

    Args:
        arrays: On disk ``image``, uint8 (tile, y, x, 3), and ``privileged``, uint8 or uint16 (tile, y, x, c); in memory
            ``privileged`` vectors, float32 (tile, number), ``label``, int64 (tile,), and
            ``caption``, int64 (tile, turn), positions in ``captions``.
        colours: Mean and standard deviation per channel in [0, 1], of all the cohort's training tiles
            for ``image``, so that every arm has the same, and of the arm's own for ``privileged``, whose vectors have
            one of each number.
        patients: Whose tiles they are.
        total: Training tiles of the cohort, which decide the number of steps of most arms.
        classes: Names of the labels.
        captions: Every sentence that is said of a tile.
    """

    arrays: dict[str, np.ndarray | Rows]
    colours: dict[str, Colours]
    patients: list[str]
    total: int
    classes: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()


def read_samples(
    cohort: Cohort,
    spec: Json,
    gate: GateManifest | None,
    task: Task | None = None,
    vectors: VectorTable | None = None,
    captions: Captions | None = None,
) -> Samples:
    """Collects the training tiles of an arm.

    Args:
        cohort: Only its train split is read.
        spec: The job's: the study's ``seed``; the ``primary`` stain; the ``arm``, whose ``privileged: real/X`` and
            ``only_with: X`` keep the slides that have a registered partner of stain X, and its ``pairs`` those of so
            many patients with such slides, whom the ``drawing`` decides.
        gate: Of the translator whose synthetic views the arm learns from.
        task: Whose classes the arm learns.
        vectors: Whose numbers are the privileged view.
        captions: What is said of the tiles.

    Raises:
        ProductError: Nothing is left to learn from, or a slide has no synthetic view, or a tile no vector or caption.
    """
    arm, primary = spec["arm"], spec["primary"]
    members = cohort.select(stain=primary, split="train")
    colours = {"image": colour(joined(members).blocks(BLOCK), str(members[0].store))}
    source: str | None = arm["privileged"]
    real = real_stain(source)
    kept = [m for m in members if all(cohort.partner(m.slide, s) for s in (real, arm["only_with"]) if s)]
    if arm["pairs"]:
        having = paired_patients(cohort, source=primary, target=real or arm["only_with"])
        few = few_patients(having, arm["pairs"], seed=spec["seed"], repeat=spec["drawing"])
        kept = [member for member in kept if member.patient in few]
    arrays: dict[str, Views] = {"image": joined(kept)}
    if source == SELF:
        arrays["privileged"], colours["privileged"] = arrays["image"], colours["image"]
    elif vectors:
        found = np.concatenate([vectors.of(m.slide, TileStore(m.store).column("xy")) for m in kept])
        arrays["privileged"], colours["privileged"] = found, _moments(found)
    elif source:
        stores = [_partner(cohort, m, real) if real else _synthetic(m, gate) for m in kept]
        views = Rows(stores)
        if spec["view_kind"] == "light" or spec["augment"]["preset"] == "released":
            require_rgb(views, str(stores[0]))  # their colours are augmented
        arrays["privileged"], colours["privileged"] = views, colour(views.blocks(BLOCK), str(stores[0]))
    classes: tuple[str, ...] = ()
    if task:
        targets = task.targets(cohort, cohort.select(stain=primary))
        classes = targets.names
        label = np.concatenate([targets.rows[m.slide] for m in kept])
        known = np.flatnonzero(has_target(label))
        arrays = {"label": label[known], **{name: _take(views, known) for name, views in arrays.items()}}
    texts: tuple[str, ...] = ()
    if captions:
        said = {member.slide: captions.of(member) for member in kept}
        if not captions.partial:
            require_all(said, arm["captions"])
        table, told = CaptionTable.of([own for tiles in said.values() for own in tiles])
        texts, arrays = table.texts, {name: _take(views, told) for name, views in arrays.items()}
        arrays["caption"] = table.rows
    total = sum(member.tiles for member in members)
    return Samples(arrays, colours, sorted({m.patient for m in kept}), total, classes, texts)


def steps_of(samples: Samples, spec: Json) -> int:
    """Epochs times batches of the whole cohort's training tiles, or, if it is to be by ``epochs``, of the arm's own."""
    tiles = len(samples.arrays["image"]) if spec["arm"]["length"] == "epochs" else samples.total
    return int(spec["epochs"] * math.ceil(tiles / spec["batch"]))


def colour(blocks: Iterable[np.ndarray], where: str) -> Colours:
    """Mean and standard deviation per channel, in [0, 1], of blocks of uint8 or uint16 (tile, y, x, c).

    A channel that never varies gets a deviation of one grey level.

    Args:
        blocks: Of images.
        where: They come from, for the error.

    Raises:
        ProductError: They are no such images.
    """
    count, first, second, top = 0, np.zeros(()), np.zeros(()), 1
    for images in blocks:
        require_images(images, where)
        top = np.iinfo(images.dtype).max
        values = images.reshape(-1, images.shape[-1]).astype(np.float64) / top
        count, first = count + len(values), first + values.sum(0)
        second = second + np.einsum("nc,nc->c", values, values)
    mean = first / count
    std = np.sqrt(np.maximum(second / count - mean**2, 0.0)).clip(1 / top)
    return _rounded(mean), _rounded(std)


def _moments(vectors: np.ndarray) -> Colours:
    """Mean and standard deviation of every column; 1 of one that never varies."""
    mean, std = vectors.mean(0, np.float64), vectors.std(0, np.float64)
    return tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist())


def _rounded(values: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def _take(views: Views, rows: np.ndarray) -> Views:
    return views.take(rows) if isinstance(views, Rows) else views[rows]


def _partner(cohort: Cohort, member: Member, stain: str) -> Path:
    partner = cohort.partner(member.slide, stain)
    if partner is None or partner.tiles != member.tiles:
        raise ProductError(
            f"no {stain} tile for every tile of {member.slide}", where=str(member.store), fix="tile its partner again"
        )
    return partner.store


def _synthetic(member: Member, gate: GateManifest | None) -> Path:
    view = gate.members.get(member.slide) if gate else None
    if view is None or view.store is None or view.tiles != member.tiles:
        by = f"{gate.translator}/{gate.repeat}" if gate else "*"
        raise ProductError(
            f"no synthetic view of every tile of {member.slide}",
            where=f"data/privileged/{by}/{member.slide}.json",
            fix="run the synthesize phase again",
        )
    return view.store
