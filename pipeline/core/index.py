"""A phase's public face: ``index.json`` lists its members; what no member owns is pruned."""

from collections.abc import Collection, Iterable
from pathlib import Path

from pipeline.core.console import console
from pipeline.core.files import Json, aside, read_json, remove
from pipeline.core.job import Job
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.slides import TileManifest
from pipeline.core.manifests.trained import AnyTrainedManifest

SUFFIXES = ("", ".recipe.json", ".json", ".zarr", ".png", ".tissue.geojson", ".csv", ".npz")
QUARANTINE = ("slide", "path", "stage", "error", "fix")
APART = {"normalize_index": ("trials",)}  # folders beside an index that have an index of their own
LINES = 200  # of a history that is drawn among others


def make_index(job: Job) -> IndexManifest:
    """Collects the manifests of a phase's members and deletes orphans from its folder.

    Args:
        job: Its group ``members`` names them; those of ``kept`` stay, too. Where it writes a ``quarantine``
            table, that lists the slides not used; its spec then gives their ``paths``. Where it writes a
            ``history``, that is the losses of all members that were trained. Its spec may name ``folds``: of the
            folder that holds these, nothing else stays.
    """
    members = {name: read_json(path) for name, path in sorted(job.groups["members"].items())}
    kept = [path for name, path in job.outputs.items() if name != "manifest"]
    if "quarantine" in job.outputs:
        _write_quarantine(job.outputs["quarantine"], members, job.spec["paths"])
    if "history" in job.outputs:
        _write_history(job.outputs["history"], members)
    home = job.manifest.parent
    prune(home, [job.manifest, *job.files()], kept, [home / name for name in APART.get(job.rule, ())])
    if "folds" in job.spec:
        _keep(home.parent, job.spec["folds"])
    return IndexManifest(members=members, payload=tuple(kept))


def _write_quarantine(path: Path, members: Json, paths: Json) -> None:
    """A row per slide that is not used: where it lies, the stage at which it failed, why, and what to do."""
    import pandas as pd

    slides = [TileManifest.model_validate(member) for member in members.values()]
    lost = [{**slide.model_dump(), "path": paths[slide.slide]} for slide in slides if slide.status == "quarantined"]
    with aside(path) as partial:
        pd.DataFrame(lost, columns=list(QUARANTINE)).to_csv(partial, index=False, lineterminator="\n")
    if lost:
        console.print(f"[yellow]{len(lost)} of {len(slides)} slides quarantined:[/] see {path}")


def _write_history(path: Path, members: Json) -> None:
    """A row per member, step and loss, for DVC to plot; of a long history LINES lines, evenly spread."""
    import pandas as pd

    columns = ["name", "step", "loss", "value"]
    tables = [pd.DataFrame(columns=columns)]
    for name, member in members.items():
        history = AnyTrainedManifest.model_validate(member).history
        if history.is_file():
            table = pd.read_csv(history)
            table = table.iloc[:: -(-len(table) // LINES) or 1].melt("step", var_name="loss", value_name="value")
            tables.append(table.assign(name=name))
    with aside(path) as partial:
        pd.concat(tables)[columns].to_csv(partial, index=False, float_format="%.6g", lineterminator="\n")


def prune(folder: Path, manifests: list[Path], kept: Iterable[Path] = (), apart: Collection[Path] = ()) -> list[Path]:
    """Deletes entries below ``folder`` that belong to none of ``manifests``; returns what it deleted.

    A manifest ``X.json`` owns its siblings ``X`` and ``X`` with one of SUFFIXES, and vouches for the
    folders above it; ``kept`` files stay, whoever owns them, and so does what lies ``apart``.
    """
    owners: dict[Path, set[str]] = {path: set() for path in kept}
    for manifest in manifests:
        name, home = manifest.name.removesuffix(".json"), manifest.parent
        if name == "index" and home != folder:  # it prunes its folder itself
            name, home = home.name, home.parent
        owners.setdefault(home, set()).add(name)
        for parent in home.parents:
            owners.setdefault(parent, set())
    return list(_prune(folder, owners, apart))


def _keep(folder: Path, names: list[str]) -> None:
    """Deletes whatever else lies in a folder, such as the products of a study before it had folds."""
    for entry in sorted(folder.iterdir()):
        if entry.name not in names:
            remove(entry)


def _prune(folder: Path, owners: dict[Path, set[str]], apart: Collection[Path]) -> list[Path]:
    deleted = []
    for entry in sorted(folder.iterdir()):
        if entry in owners:
            deleted += _prune(entry, owners, apart) if entry.is_dir() else []
        elif entry not in apart and not any(entry.name.removesuffix(suffix) in owners[folder] for suffix in SUFFIXES):
            remove(entry)
            deleted.append(entry)
    return deleted
