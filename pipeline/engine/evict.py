"""Before a phase runs: forget products whose recipe no longer matches the study, the code or the files."""

import os
from collections.abc import Collection
from itertools import chain
from pathlib import Path

from pydantic import ConfigDict

from pipeline.core.files import read_json
from pipeline.core.job import Job
from pipeline.core.manifests.manifest import Manifest
from pipeline.engine.closure import digest_code
from pipeline.engine.file_digests import file_digest
from pipeline.engine.plan import Plan
from pipeline.engine.recipe import recipe_path


class AnyManifest(Manifest):
    """What manifests of every kind say."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def evict(plan: Plan, phase: str) -> list[Path]:
    """Deletes the sidecars of a phase's stale products; returns their manifests.

    Snakemake then finds exactly these outputs missing. A product is stale when its recipe or anything else
    that was made with it is missing, when spec, code or the bytes of any file read differ from it, or when it was
    made from a stale product of the phase: Snakemake does not make a missing input while what reads it is there.
    What was made from a checkpoint's product is looked at again by Snakemake once that is made anew, for
    it often comes out the same: of its readers only the index is stale, which then asks for it.

    Where a file is newer than what was made from it, as in a copy of a study, the fresh products get a
    new date: without records Snakemake goes by dates.

    Args:
        plan: Of the study in the current folder.
        phase: Whose products.
    """
    made = [job for job in plan.phase(phase) if job.manifest.exists()]
    stale = _stale(plan, made)
    for manifest in stale:
        manifest.unlink()
        recipe_path(manifest).unlink(missing_ok=True)
    _redate([(job.files(), _written(plan, job)) for job in made if job.manifest not in stale])
    return sorted(stale)


def _stale(plan: Plan, made: list[Job]) -> set[Path]:
    """The manifests of stale products among those of the jobs of a phase."""
    awaited = {job.manifest for job in plan.phase(made[0].phase) if plan.rules[job.rule].checkpoint} if made else set()
    needed_by = {job.manifest: set(job.files()) - (set() if _is_index(job) else awaited) for job in made}
    stale = {
        job.manifest
        for job in made
        if not all(path.exists() for path in _written(plan, job)) or not is_fresh(job, needed_by[job.manifest])
    }
    while found := {path for path, files in needed_by.items() if path not in stale and not stale.isdisjoint(files)}:
        stale |= found
    return stale


def is_fresh(job: Job, needed: Collection[Path] | None = None) -> bool:
    """Whether the product is there and what its job would make now.

    Args:
        job: Of the plan.
        needed: What it reads; by default all of that. Other files may be missing.
    """
    needed = job.files() if needed is None else needed
    if not (job.manifest.exists() and recipe_path(job.manifest).exists()):
        return False
    known = read_json(recipe_path(job.manifest))
    return (
        bool(known["spec"] == job.spec)
        and known["code"] == digest_code(job.code.values())
        and known["inputs"].keys() == {path.as_posix() for path in job.files()}
        and all(path.exists() for path in AnyManifest.read(job.manifest).payload)
        and all(path.is_file() or path not in needed for path in job.files())
        and all(file_digest(path) == known["inputs"][path.as_posix()] for path in job.files() if path.is_file())
    )


def _is_index(job: Job) -> bool:
    return job.rule == f"{job.phase}_index"


def _written(plan: Plan, job: Job) -> list[Path]:
    """The files of which Snakemake knows the dates."""
    return [recipe_path(job.manifest), *(job.outputs[name] for name in plan.rules[job.rule].outputs)]


def _redate(products: list[tuple[list[Path], list[Path]]]) -> None:
    """Gives all that was written the date of now, where any is older than what it was made from."""
    if any(max(map(_date, read), default=0) > min(map(_date, written)) for read, written in products):
        for path in chain.from_iterable(written for _, written in products):
            os.utime(path)


def _date(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
