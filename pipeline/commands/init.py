"""Make a study: a folder with its ``params.yaml``, ``data/slides.csv`` and ``dvc.yaml``."""

import os
import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer
import yaml

from pipeline.commands.scan import find_slides, seen_from
from pipeline.core.console import console
from pipeline.core.errors import StudyError
from pipeline.engine.closure import CODE
from pipeline.study.layout import OUTPUT, PARAMS, PHANTOM, SHEET
from pipeline.study.sheet import write_sheet
from pipeline.study.study import load_study

ROOT = CODE.parent
STUDIES = ROOT / "workflow" / "studies"
IGNORED = [*(f"/{out}/" for out in (PHANTOM, *OUTPUT.values())), "/results/", "/logs/", "/benchmarks/", "/scratch/"]

app = typer.Typer(add_completion=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new study's folder.")],
    study: Annotated[str, typer.Option(help="A ready-made study of workflow/studies.")] = "slides",
    slides: Annotated[Path | None, typer.Option(help="Folder of slides, or of trainA/trainB image pairs.")] = None,
) -> None:
    """Makes a study folder; edit its params.yaml and data/slides.csv before running it."""
    source = STUDIES / f"{study}.yaml"
    if not source.is_file():
        known = ", ".join(sorted(path.stem for path in STUDIES.glob("*.yaml")))
        raise StudyError(f"no ready-made study {study!r}", where=str(STUDIES), fix=f"choose one of: {known}")
    for own in (PARAMS, SHEET, Path("dvc.yaml")):
        if (folder / own).exists():
            raise StudyError(f"there is a {own.name} already", where=str(folder / own), fix="name another folder")
    sheet = source.with_suffix(".csv")
    if slides is None and not sheet.is_file():
        raise StudyError(f"study {study!r} needs slides", where="--slides", fix="add --slides FOLDER")
    rows = list(find_slides(slides, folder)) if slides else []
    (folder / "data").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / PARAMS)
    if rows:
        write_sheet(folder / SHEET, rows)
    else:
        shutil.copyfile(sheet, folder / SHEET)
    _write_dvc(folder, slides)
    console.print(f"Study {folder}: edit params.yaml and data/slides.csv, then")
    places = ("--snakefile", os.path.relpath(ROOT / "Snakefile"), "--directory", str(folder))
    console.print(f"  snakemake {shlex.join(places)} --cores all")


def _write_dvc(folder: Path, slides: Path | None) -> None:
    """The root's dvc.yaml, seen from the study's folder: relative inside the checkout, absolute elsewhere."""
    inside = folder.resolve().is_relative_to(ROOT)
    code = os.path.relpath(ROOT, folder.resolve()) if inside else str(ROOT)
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    for stage in stages["stages"].values():
        stage["cmd"] = shlex.quote(f"{code}/workflow/phase.sh") + stage["cmd"].removeprefix("workflow/phase.sh")
        stage["deps"] = [f"{code}/{d}" if d.startswith(("pipeline/", "workflow/")) else d for d in stage["deps"]]
    tile = stages["stages"]["tile"]
    tile["deps"] += [str(seen_from(folder, slides))] if slides else []
    if load_study(folder / PARAMS).tile.phantom is None:
        tile["outs"] = [out for out in tile["outs"] if PHANTOM.as_posix() not in out]
    (folder / "dvc.yaml").write_text(yaml.safe_dump(stages, sort_keys=False, width=200))
    _append(folder / ".dvcignore", (ROOT / ".dvcignore").read_text().splitlines())
    _append(folder / ".gitignore", IGNORED)
    if not inside and not (folder / ".dvc").exists():
        (folder / ".dvc").mkdir()
        (folder / ".dvc" / "config").write_text((ROOT / ".dvc" / "config").read_text() + "[core]\n    no_scm = true\n")


def _append(path: Path, lines: list[str]) -> None:
    """Adds the lines that the file does not have; what the user wrote stays."""
    known = path.read_text().splitlines() if path.exists() else []
    path.write_text("\n".join([*known, *(line for line in lines if line not in known)]) + "\n")
