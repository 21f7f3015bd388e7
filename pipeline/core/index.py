"""A phase's public face: ``index.json`` lists its members; what no member owns is pruned."""

import csv
import shutil
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import typer

from pipeline.core.console import console
from pipeline.core.errors import StudyError
from pipeline.core.files import Json, read_json, write_text
from pipeline.core.job import Job
from pipeline.engine.command import Spec, find_job
from pipeline.study.study import PHASES

SUFFIXES = ("", ".recipe.json", ".json", ".zarr", ".png", ".tissue.geojson", ".csv", ".npz")
QUARANTINE = ("slide", "path", "stage", "error", "fix")
INDEXED = PHASES[: PHASES.index("evaluate")]  # evaluate and report write their own
app = typer.Typer(add_completion=False, help="Write a phase's index and prune what no member owns.")


@app.command()
def index(phase: str, spec: Spec = None) -> None:
    """Collects the manifests of a phase and deletes orphans from its folder."""
    if phase not in INDEXED:
        raise StudyError(f"phase {phase!r} has no index to write", where="PHASE", fix=f"one of: {', '.join(INDEXED)}")
    find_job(f"{phase}_index", spec=spec).run(make_index)


def make_index(job: Job) -> Json:
    """Collects the manifests of a phase's members and deletes orphans from its folder.

    Args:
        job: Its spec's ``members`` maps names to manifests, which it reads; its inputs stay. Where the spec
            gives ``paths``, slide to file, ``quarantine.csv`` beside the index lists the slides not used.

    Returns:
        ``{"members": {name: manifest content}}``.
    """
    members = {name: Path(manifest) for name, manifest in job.spec["members"].items()}
    content = {name: read_json(path) for name, path in sorted(members.items())}
    kept = []
    if "paths" in job.spec:
        kept.append(job.manifest.with_name("quarantine.csv"))
        write_text(kept[0], _quarantine(content, job.spec["paths"]))
        lost = sum(member["status"] == "quarantined" for member in content.values())
        if lost:
            console.print(f"[yellow]{lost} of {len(content)} slides quarantined:[/] see {kept[0]}")
    prune(job.manifest.parent, [job.manifest, *job.inputs], kept)
    return {"members": content}


def _quarantine(members: Json, paths: Json) -> str:
    """A row per slide that is not used: where it lies, the stage at which it failed, why, and what to do."""
    out = StringIO()
    writer = csv.DictWriter(out, QUARANTINE, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    lost = (m for m in members.values() if m["status"] == "quarantined")
    writer.writerows({**member, "path": paths[member["slide"]]} for member in lost)
    return out.getvalue()


def prune(folder: Path, manifests: list[Path], kept: Iterable[Path] = ()) -> list[Path]:
    """Deletes entries below ``folder`` that belong to none of ``manifests``; returns what it deleted.

    A manifest ``X.json`` owns its siblings ``X`` and ``X`` with one of SUFFIXES, and vouches for the
    folders above it; ``kept`` files stay, whoever owns them.
    """
    owners: dict[Path, set[str]] = {path: set() for path in kept}
    for manifest in manifests:
        name, home = manifest.name.removesuffix(".json"), manifest.parent
        if name == "index" and home != folder:  # it prunes its folder itself
            name, home = home.name, home.parent
        owners.setdefault(home, set()).add(name)
        for parent in home.parents:
            owners.setdefault(parent, set())
    return list(_prune(folder, owners))


def _prune(folder: Path, owners: dict[Path, set[str]]) -> list[Path]:
    deleted = []
    for entry in sorted(folder.iterdir()):
        if entry in owners:
            deleted += _prune(entry, owners) if entry.is_dir() else []
        elif not any(entry.name.removesuffix(suffix) in owners[folder] for suffix in SUFFIXES):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            deleted.append(entry)
    return deleted
