"""What is asked of a synthetic cohort: which classes every tile is to show, or whose mask it is to have."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.core.cohort.classes import present
from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.diffusion.conditions import check_classes
from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import Json, aside
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import PlanManifest, TypeSet
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.seeds import derive
from pipeline.core.store.store import TileStore

BLOCK = 256  # masks looked at together


def make_plan(job: Job) -> PlanManifest:
    """Decides for every tile of a cohort which classes it is to show, in an order that the seed draws.

    Writes ``rows``: ``present``, bool (tile, class), and where masks are real ``slide``, a position among the
    manifest's ``slides``, and ``row`` in it, int64 (tile,) both. A real mask is taken again only once all others of its
    classes were.

    Args:
        job: Reads the ``cohort`` and the manifests of the ``painter`` and, where masks are made, of their maker,
            ``masks``; its spec holds ``seed``, number of ``tiles``, the ``stain`` of masks, the names of its
            ``classes`` and ``types``: how many tiles are to show which, None as often as training tiles do.

    Raises:
        ProductError: A generator saw a test patient, the cohort has no masks, a mask has an id of no class, or no
            training tile shows the classes that a real mask is to show.
    """
    spec, (name,) = job.spec, job.key
    cohort, classes = Cohort.read(job.inputs["cohort"]), spec["classes"]
    by = [TranslatorManifest.read(job.inputs[key]) for key in ("painter", "masks") if key in job.inputs]
    for generator in by:
        cohort.forbid_test(generator.patients, f"translator {generator.translator}")
    members = cohort.select(stain=spec["stain"], split="train")
    if not members:
        fix = "check the stain and split columns, and data/tiles/quarantine.csv"
        raise ProductError(f"no training slide of {spec['stain']}", where=str(job.inputs["cohort"]), fix=fix)
    shown = [_shown(member, classes) for member in members]
    known = np.concatenate(shown)
    sets, counts = np.unique(known, axis=0, return_counts=True)
    if spec["types"] is None:
        wanted, tiles = sets, shares(counts, spec["tiles"])
    else:
        wanted = np.array([[own in entry["types"] for own in classes] for entry in spec["types"]])
        tiles = np.array([entry["tiles"] for entry in spec["types"]])
    training = [int((known == own).all(1).sum()) for own in wanted]
    rng = np.random.default_rng(derive(spec["seed"], "synthesize", name, "plan"))
    arrays = {"present": np.repeat(wanted, tiles, axis=0)}
    patients = {patient for generator in by for patient in generator.patients}
    if "masks" not in job.inputs:
        of = [_drawn(np.flatnonzero((known == own).all(1)), n, rng) for own, n in zip(wanted, tiles, strict=True)]
        _require_all(of, tiles, wanted, classes, job.manifest)
        place = np.concatenate(of)
        starts = np.cumsum([0, *map(len, shown)])
        slide = np.searchsorted(starts, place, side="right") - 1
        arrays |= {"slide": slide, "row": place - starts[slide]}
        patients |= {members[own].patient for own in np.unique(slide)}
    order = rng.permutation(spec["tiles"])
    path = job.outputs["rows"]
    _save(path, {key: array[order] for key, array in arrays.items()})
    found = zip(wanted, tiles, training, strict=True)
    return PlanManifest(
        payload=(path,),
        cohort=name,
        classes=tuple(classes),
        sets=tuple(TypeSet(types=_named(own, classes), tiles=int(n), training=t) for own, n, t in found),
        rows=path,
        digest=digest_file(path),
        slides=tuple(member.slide for member in members) if "slide" in arrays else (),
        patients=tuple(sorted(patients)),
    )


def shares(counts: np.ndarray, total: int) -> np.ndarray:
    """``total`` shared out as ``counts`` are, whole numbers by the largest remainders: int64 (count,)."""
    exact = counts * total / counts.sum()
    found: np.ndarray = np.floor(exact).astype(np.int64)
    first = np.argsort(found - exact, kind="stable")[: total - found.sum()]
    found[first] += 1
    return found


def read_rows(plan: PlanManifest, first: int, tiles: int) -> dict[str, np.ndarray]:
    """What is asked of ``tiles`` tiles from the ``first``, as :func:`make_plan` wrote it."""
    with np.load(plan.rows) as file:
        return {name: file[name][first : first + tiles] for name in file.files}


def _shown(member: Member, classes: Sequence[str]) -> np.ndarray:
    """Bool (tile, class)."""
    parts = []
    for block in TileStore(member.store).array("mask").blocks(BLOCK):
        check_classes([block], len(classes), where=member.slide)
        parts.append(present(block, len(classes)))
    return np.concatenate(parts)


def _drawn(places: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` of the places, all of them before any comes again: int64; none where there are no places."""
    return np.resize(rng.permutation(places), count) if len(places) else places


def _require_all(
    found: Sequence[np.ndarray], tiles: np.ndarray, sets: np.ndarray, classes: Sequence[str], manifest: Path
) -> None:
    for own, count, wanted in zip(found, tiles, sets, strict=True):
        if len(own) < count:
            raise ProductError(
                f"no training tile shows {' and '.join(_named(wanted, classes)) or 'no class'} and nothing else",
                where=str(manifest),
                fix="ask for other types, or let a translator make the masks",
            )


def _named(shown: np.ndarray, classes: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name, own in zip(classes, shown, strict=True) if own)


def _save(path: Path, arrays: Json) -> None:
    with aside(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)
