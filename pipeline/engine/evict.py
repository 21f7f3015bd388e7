"""Before a phase runs: forget products whose recipe no longer matches the study, the code or the files."""

import os
from pathlib import Path

import typer

from pipeline.core.console import console
from pipeline.core.digests import digest_file
from pipeline.core.files import read_json
from pipeline.core.job import Job
from pipeline.engine.closure import digest_code
from pipeline.engine.plan import Plan
from pipeline.engine.recipe import recipe_path

PAYLOAD = ("store", "folder", "scores", "figures", "metrics", "page")  # keys of manifests that name what was made

app = typer.Typer(add_completion=False, help="Forget a phase's products that no longer match study, code or files.")


@app.command("evict")
def command(phase: str) -> None:
    """Deletes the sidecars of a phase's stale products, so that Snakemake makes them again."""
    for manifest in evict(Plan.here(), phase):
        console.print(f"stale: {manifest}")


def evict(plan: Plan, phase: str) -> list[Path]:
    """Deletes the sidecars of a phase's stale products; returns their manifests.

    Snakemake then finds exactly these outputs missing. A product is stale when its recipe or what
    its manifest names is missing, when spec, code or the bytes of any file read differ from it, or
    when it was made from a stale product of the phase: Snakemake does not miss an input whose
    consumer is there. Where a file is newer than what was made from it, as in a copy of a study, the
    fresh products get a new date: without records Snakemake goes by dates.
    """
    code = digest_code(phase)
    made = [job for job in plan.phase(phase) if job.manifest.exists()]
    stale = {job.manifest for job in made if not _fresh(job, code)}
    while found := {j.manifest for j in made if j.manifest not in stale and not stale.isdisjoint(j.inputs)}:
        stale |= found
    for manifest in stale:
        manifest.unlink()
        recipe_path(manifest).unlink(missing_ok=True)
    fresh = [job for job in made if job.manifest not in stale]
    if any(_outdated(job) for job in fresh):
        for job in fresh:
            for path in _sidecars(job):
                os.utime(path)
    return sorted(stale)


def _sidecars(job: Job) -> tuple[Path, Path]:
    return job.manifest, recipe_path(job.manifest)


def _outdated(job: Job) -> bool:
    newest = max((path.stat().st_mtime_ns for path in job.inputs), default=0)
    return newest > min(path.stat().st_mtime_ns for path in _sidecars(job))


def _fresh(job: Job, code: str) -> bool:
    if not recipe_path(job.manifest).exists():
        return False
    known = read_json(recipe_path(job.manifest))
    manifest = read_json(job.manifest)
    return (
        known["code"] == code
        and known["spec"] == job.spec
        and known["inputs"].keys() == {path.as_posix() for path in job.inputs}
        and all(Path(path).is_file() and digest_file(Path(path)) == digest for path, digest in known["inputs"].items())
        and all(Path(manifest[key]).exists() for key in PAYLOAD if key in manifest)
    )
