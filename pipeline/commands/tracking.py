"""What DVC and git are to know of a study's folder: ``dvc.yaml`` and what is ignored."""

import os
import shutil
from configparser import ConfigParser
from pathlib import Path
from typing import Any

from pipeline.commands.data.folder import LISTS
from pipeline.commands.overlay import editor
from pipeline.core.files import aside
from pipeline.engine.closure import CODE
from pipeline.study.folds import fold_names, placed
from pipeline.study.study import Study
from pipeline.study.tile import PHANTOM

ROOT = CODE.parent
DVC = Path("dvc.yaml")
METRICS = "results/metrics.json"  # small, and kept in git
PRODUCED = dict.fromkeys("/".join(Path(rule.outputs["manifest"]).parts[:2]) for rule in Study.rules())
IGNORED = [
    *(f"/{folder}/" for folder in PRODUCED if not folder.startswith("results/")),
    f"/{LISTS.as_posix()}/",  # as large as their data are, and of one machine's paths
    "/models/cards/",  # beside the manifests of those whose cards they are
    "/results/*",
    f"!/{METRICS}",
    "/logs/",
    "/benchmarks/",
    "/scratch/",
    "/dvc_plots/",
]


def write_tracking(folder: Path, own: Study, watched: list[Path]) -> None:
    """Writes ``dvc.yaml``, the ignore files, and DVC's settings where the folder lies outside of the checkout.

    Args:
        folder: The study's.
        own: Its ``params.yaml``.
        watched: What tiles depend on, seen from the folder.
    """
    _write_dvc(folder, own, watched)
    if not _inside(folder) and not (folder / ".dvc").exists():
        _write_config(folder / ".dvc" / "config")
        shutil.copytree(ROOT / ".dvc" / "plots", folder / ".dvc" / "plots")
    _append(folder / ".dvcignore", (ROOT / ".dvcignore").read_text().splitlines())
    _append(folder / ".gitignore", IGNORED)


def place_of_code(folder: Path) -> str:
    """The checkout, seen from the study's folder: relative inside it, absolute elsewhere."""
    return os.path.relpath(ROOT, folder.resolve()) if _inside(folder) else str(ROOT)


def _write_dvc(folder: Path, own: Study, watched: list[Path]) -> None:
    """The root's dvc.yaml with another place of the code, and of what folds have each of; comments stay."""
    yaml = editor()
    root = yaml.load(ROOT / DVC)
    for entry in root["vars"]:
        if "code" in entry:
            entry["code"] = place_of_code(folder)
    for plot in (plot for entry in root.get("plots", []) if own.folds for plot in entry.values()):
        files = [(placed(Path(path), fold), key) for fold in fold_names(own.folds) for path, key in plot["y"].items()]
        plot["y"] = {path.as_posix(): key for path, key in files}
    tile = root["stages"]["tile"]
    tile["deps"].extend(path.as_posix() for path in watched)
    _add_brought(root["stages"], own)
    if own.tile.phantom is None:
        for number in reversed(range(len(tile["outs"]))):
            if _place(tile["outs"][number]) == Path(PHANTOM):
                del tile["outs"][number]
    with aside(folder / DVC) as partial:
        yaml.dump(root, partial)


def _add_brought(stages: Any, own: Study) -> None:
    """What arms read and no phase makes, among what their stages depend on."""
    for phase, section in (("pretrain", own.pretrain), ("segment", own.segment)):
        for path in section.brought():
            stages[phase]["deps"].append(path.as_posix())


def _write_config(path: Path) -> None:
    """The checkout's settings of DVC for a study that lies in no checkout, and so perhaps in no git repository."""
    config = ConfigParser()
    config.read(ROOT / ".dvc" / "config")
    config["core"]["no_scm"] = "true"
    with aside(path) as partial, partial.open("w") as file:
        config.write(file)


def _place(out: Any) -> Path:
    """The path of an entry of ``outs``, with options or without."""
    return Path(out if isinstance(out, str) else next(iter(out)))


def _inside(folder: Path) -> bool:
    return folder.resolve().is_relative_to(ROOT)


def _append(path: Path, lines: list[str]) -> None:
    """Adds the lines that the file does not have; what the user wrote stays."""
    known = path.read_text().splitlines() if path.exists() else []
    path.write_text("\n".join([*known, *(line for line in lines if line not in known)]) + "\n")
