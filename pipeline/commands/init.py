"""Make a study: a folder with its ``params.yaml``, ``data/slides.csv`` and ``dvc.yaml``."""

import os
import shlex
import shutil
from configparser import ConfigParser
from pathlib import Path
from typing import Annotated, Any

import typer
from ruamel.yaml import YAML

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.overlay import lay_over
from pipeline.commands.data.taken import Taken, take
from pipeline.commands.scan import REGIONS, find_slides, seen_from
from pipeline.core.errors import StudyError
from pipeline.core.files import aside
from pipeline.core.slides.slide import PATIENTS
from pipeline.engine.closure import CODE
from pipeline.study.folds import fold_names, placed
from pipeline.study.sheet import write_sheet
from pipeline.study.study import PARAMS, SHEET, Study, load_study
from pipeline.study.tile import PHANTOM

ROOT = CODE.parent
STUDIES = ROOT / "workflow" / "studies"
DVC = Path("dvc.yaml")
METRICS = "results/metrics.json"  # small, and kept in git
UNITS = {"he-mihc": REGIONS}  # what stands for patients in a study's slides
PRODUCED = dict.fromkeys("/".join(Path(rule.outputs["manifest"]).parts[:2]) for rule in Study.rules())
IGNORED = [
    *(f"/{folder}/" for folder in PRODUCED if not folder.startswith("results/")),
    "/models/cards/",  # beside the manifests of those whose cards they are
    "/results/*",
    f"!/{METRICS}",
    "/logs/",
    "/benchmarks/",
    "/scratch/",
    "/dvc_plots/",
]

app = typer.Typer(add_completion=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new study's folder.")],
    study: Annotated[
        str | None, typer.Option(help="A ready-made study of workflow/studies; default: slides, or what suits --data.")
    ] = None,
    slides: Annotated[Path | None, typer.Option(help="Folder of slides, of a public data set, or of pairs.")] = None,
    data: Annotated[str | None, typer.Option(help="A public data set by name: see 'synpriv data list'.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Take a public data set that is not complete.")] = False,
) -> None:
    """Makes a study folder; edit its params.yaml and data/slides.csv before running it."""
    chosen = _chosen(data, slides, partial=partial)
    study = study or (chosen.study if chosen else "slides")
    source = STUDIES / f"{study}.yaml"
    if not source.is_file():
        known = ", ".join(sorted(path.stem for path in STUDIES.glob("*.yaml")))
        raise StudyError(f"no ready-made study {study!r}", where=str(STUDIES), fix=f"choose one of: {known}")
    for own in (PARAMS, SHEET, DVC):
        if (folder / own).exists():
            raise StudyError(f"there is a {own.name} already", where=str(folder / own), fix="name another folder")
    sheet = source.with_suffix(".csv")
    if slides is None and not sheet.is_file():
        raise StudyError(f"study {study!r} needs slides", where="--slides", fix="add --slides FOLDER")
    taken = take(chosen, slides, folder, partial=partial) if chosen and slides else None
    rows = taken.rows if taken else find_slides(slides, folder, UNITS.get(study, PATIENTS)) if slides else []
    (folder / "data").mkdir(parents=True, exist_ok=True)
    if taken:
        lay_over(source, taken.settings, folder / PARAMS)
        taken.write_lists(folder)
    else:
        shutil.copyfile(source, folder / PARAMS)
    if rows:
        write_sheet(folder / SHEET, rows)
    else:
        shutil.copyfile(sheet, folder / SHEET)
    _write_dvc(folder, taken.watched if taken else [seen_from(folder, slides.resolve())] if slides else [])
    _append(folder / ".dvcignore", (ROOT / ".dvcignore").read_text().splitlines())
    _append(folder / ".gitignore", IGNORED)
    found = f"{len(rows)} slides found in {slides}" if rows else "simulated slides"
    typer.echo(_told(folder, source.relative_to(ROOT), found, taken))


def _chosen(data: str | None, slides: Path | None, *, partial: bool) -> DataSet | None:
    """The data set that is asked for; raises StudyError where it is not known, or nothing says where it lies."""
    if data is None and partial:
        raise StudyError("--partial is of public data sets", where="--partial", fix="add --data NAME, or leave it out")
    if data is None:
        return None
    from pipeline.commands.data.sets import find_set

    found = find_set(data)
    if slides is None:
        fix = f"add --slides FOLDER; 'synpriv data show {data}' says how it must lie"
        raise StudyError(f"nothing says where {data} lies", where="--slides", fix=fix)
    return found


def _told(folder: Path, source: Path, found: str, taken: Taken | None) -> str:
    """What was written, and the next commands."""
    run = shlex.join(["snakemake", "--snakefile", _code(folder) + "/Snakefile", "--cores", "all"])
    commands = {
        shlex.join(["cd", str(folder)]): "",
        "synpriv check": "is the cohort fit, and what will it take?",
        run: "or: dvc repro",
    }
    width = max(map(len, commands))
    return "\n".join(
        [
            f"A new study in {folder}:",
            f"  {PARAMS}      what is compared with what; a copy of {source}",
            f"  {SHEET}  {found}",
            f"  {DVC}         one stage per phase, for 'dvc repro'",
            *(taken.told() if taken else ()),
            f"Edit {PARAMS} and {SHEET}, then:",
            *(f"  {command:{width}}  # {why}" if why else f"  {command}" for command, why in commands.items()),
        ]
    )


def _write_dvc(folder: Path, watched: list[Path]) -> None:
    """The root's dvc.yaml with another place of the code, and of what folds have each of; comments stay."""
    yaml = YAML()
    yaml.width = 10_000  # no line is folded
    yaml.indent(mapping=2, sequence=4, offset=2)
    root = yaml.load(ROOT / DVC)
    for entry in root["vars"]:
        if "code" in entry:
            entry["code"] = _code(folder)
    own = load_study(folder / PARAMS)
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
    if not _inside(folder) and not (folder / ".dvc").exists():
        _write_config(folder / ".dvc" / "config")
        shutil.copytree(ROOT / ".dvc" / "plots", folder / ".dvc" / "plots")


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


def _code(folder: Path) -> str:
    """The checkout, seen from the study's folder: relative inside it, absolute elsewhere."""
    return os.path.relpath(ROOT, folder.resolve()) if _inside(folder) else str(ROOT)


def _append(path: Path, lines: list[str]) -> None:
    """Adds the lines that the file does not have; what the user wrote stays."""
    known = path.read_text().splitlines() if path.exists() else []
    path.write_text("\n".join([*known, *(line for line in lines if line not in known)]) + "\n")
