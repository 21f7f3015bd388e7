"""What an arm learns from: the training tiles, and their privileged views, numbers or labels."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member, joined, require_rgb
from pipeline.core.cohort.painted import Painted
from pipeline.core.cohort.paired import few_patients, paired_patients
from pipeline.core.cohort.privileged import SELF, real_stain
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.manifests.translators import GateManifest
from pipeline.core.store.rows import Rows
from pipeline.core.tasks.task import Task, has_target
from pipeline.pretrain.colours import Colours, colour, moments

BLOCK = 256
REAL_COHORT = "real"  # among the cohorts of an arm
Views = Rows | np.ndarray
Vectors = Callable[[Member], np.ndarray]  # of every tile of a slide, float32 (tile, number)
Captions = Callable[[Sequence[Member]], tuple[tuple[str, ...], np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Samples:
    """Aligned arrays of an arm.

    Args:
        arrays: On disk ``image``, uint8 (tile, y, x, 3), and ``privileged``, uint8 or uint16 (tile, y, x, c); in memory
            ``privileged`` vectors, float32 (tile, number), ``label``, int64 (tile,), and
            ``caption``, int64 (tile, turn), positions in ``captions``.
        colours: Mean and standard deviation per channel in [0, 1], of all the cohort's real training tiles
            for ``image``, so that every arm has the same, and of the arm's own for ``privileged``, whose vectors have
            one of each number.
        patients: Whose tiles they are; of painted ones, those behind them.
        total: Real training tiles of the cohort, which decide the number of steps of most arms.
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
    vectors: Vectors | None = None,
    captions: Captions | None = None,
    painted: Mapping[str, Painted] | None = None,
) -> Samples:
    """Collects the training tiles of an arm.

    Args:
        cohort: Only its train split is read.
        spec: The job's: the study's ``seed``; the ``primary`` stain; the ``arm``, whose ``privileged: real/X`` and
            ``only_with: X`` keep the slides that have a registered partner of stain X, and its ``pairs`` those of so
            many patients with such slides, whom the ``drawing`` decides.
        gate: Of the translator whose synthetic views the arm learns from.
        task: Whose classes the arm learns.
        vectors: Whose numbers are the privileged view; see :func:`pipeline.pretrain.vectors.vectors_of`.
        captions: What is said of the tiles; see :func:`pipeline.pretrain.captions.captions_of`.
        painted: The synthetic cohorts that the arm learns from beside, or in place of, the real one: all their tiles
            that have the partner it needs, whoever the ``pairs`` are.

    Raises:
        ProductError: Nothing is left to learn from, or a slide has no synthetic view, or a tile no vector or caption.
    """
    primary: str = spec["primary"]
    members = cohort.select(stain=primary, split="train")
    total = sum(member.tiles for member in members)
    colours = {"image": colour(joined(members).blocks(BLOCK), str(members[0].store))}
    own = _kept(cohort, members, spec) if REAL_COHORT in spec["arm"].get("cohorts", [REAL_COHORT]) else []
    patients = {member.patient for member in own}
    kept, real = list(own), cohort
    for made in (painted or {}).values():
        kept += _with_partners(made.cohort, made.cohort.select(stain=primary), spec)
        cohort = cohort.joined_with(made.cohort)
        patients |= set(made.patients)
    arrays: dict[str, Views] = {"image": joined(kept)}
    if spec["arm"]["privileged"] == SELF:
        arrays["privileged"], colours["privileged"] = arrays["image"], colours["image"]
    elif spec["arm"]["privileged"]:
        arrays["privileged"], colours["privileged"] = _seen(cohort, kept, spec, gate, vectors)
    classes: tuple[str, ...] = ()
    if task:
        targets = task.targets(real, real.select(stain=primary))
        classes = targets.names
        label = np.concatenate([targets.rows[m.slide] for m in kept])
        known = np.flatnonzero(has_target(label))
        arrays = {"label": label[known], **{name: _take(views, known) for name, views in arrays.items()}}
    texts: tuple[str, ...] = ()
    if captions:
        texts, said, told = captions(kept)
        arrays = {"caption": said, **{name: _take(views, told) for name, views in arrays.items()}}
    return Samples(arrays, colours, sorted(patients), total, classes, texts)


def _kept(cohort: Cohort, members: list[Member], spec: Json) -> list[Member]:
    """The real slides that an arm learns from."""
    arm, kept = spec["arm"], _with_partners(cohort, members, spec)
    if not arm["pairs"]:
        return kept
    partner = real_stain(arm["privileged"]) or arm["only_with"]
    having = paired_patients(cohort, source=spec["primary"], target=partner)
    few = few_patients(having, arm["pairs"], seed=spec["seed"], repeat=spec["drawing"])
    return [member for member in kept if member.patient in few]


def _with_partners(cohort: Cohort, members: list[Member], spec: Json) -> list[Member]:
    """The slides that have the registered partners which an arm needs."""
    wanted = {stain for stain in (real_stain(spec["arm"]["privileged"]), spec["arm"]["only_with"]) if stain}
    return [m for m in members if all(cohort.partner(m.slide, stain) for stain in wanted)]


def _seen(
    cohort: Cohort,
    kept: list[Member],
    spec: Json,
    gate: GateManifest | None,
    vectors: Vectors | None,
) -> tuple[Views, Colours]:
    """The privileged views of the tiles, of whatever but the tile itself, and their colours."""
    if vectors:
        found = np.concatenate([vectors(member) for member in kept])
        return found, moments(found)
    real = real_stain(spec["arm"]["privileged"])
    stores = [_partner(cohort, m, real) if real else _synthetic(m, gate) for m in kept]
    views = Rows(stores)
    if spec["view_kind"] == "light" or spec["augment"]["preset"] == "released":
        require_rgb(views, str(stores[0]))  # their colours are augmented
    return views, colour(views.blocks(BLOCK), str(stores[0]))


def steps_of(samples: Samples, spec: Json) -> int:
    """Epochs times batches of the whole cohort's training tiles, or, if it is to be by ``epochs``, of the arm's own."""
    tiles = len(samples.arrays["image"]) if spec["arm"]["length"] == "epochs" else samples.total
    return int(spec["epochs"] * math.ceil(tiles / spec["batch"]))


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
