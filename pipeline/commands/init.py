"""Make a study: a folder with its ``params.yaml``, ``data/slides.csv`` and ``dvc.yaml``."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import LISTS
from pipeline.commands.data.layer import layer_of
from pipeline.commands.data.taken import Taken, take
from pipeline.commands.ready_made import ReadyMade, find_ready, variants_below
from pipeline.commands.scan import REGIONS, find_slides, seen_from
from pipeline.commands.tracking import DVC, ROOT, place_of_code, write_tracking
from pipeline.core.errors import StudyError
from pipeline.core.files import remove
from pipeline.core.slides.slide import PATIENTS, Slide
from pipeline.study.sheet import write_sheet
from pipeline.study.study import PARAMS, SHEET, Study, load_study

STUDIES = ROOT / "workflow" / "studies"
UNITS = {"he-mihc": REGIONS}  # what stands for patients in a study's slides

app = typer.Typer(add_completion=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new study's folder.")],
    study: Annotated[
        str | None, typer.Option(help="A ready-made study of workflow/studies; default: slides, or what suits --data.")
    ] = None,
    variant: Annotated[
        str | None, typer.Option(help=f"Of a study, laid over it: {variants_below(STUDIES)}. Default: as it stands.")
    ] = None,
    slides: Annotated[Path | None, typer.Option(help="Folder of slides, of a public data set, or of pairs.")] = None,
    data: Annotated[str | None, typer.Option(help="A public data set by name: see 'synpriv data list'.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Take a public data set that is not complete.")] = False,
) -> None:
    """Makes a study folder; edit its params.yaml and data/slides.csv before running it."""
    chosen = _chosen(data, slides, partial=partial)
    study = study or (chosen.study if chosen else "slides")
    ready = find_ready(STUDIES, study)
    ready.content(variant)  # a variant that is not known is told first
    for own in (PARAMS, SHEET, DVC):
        if (folder / own).exists():
            raise StudyError(f"there is a {own.name} already", where=str(folder / own), fix="name another folder")
    if slides is None:
        ready.check_slides(variant)
    taken = take(chosen, slides, folder, partial=partial) if chosen and slides else None
    rows = taken.rows if taken else find_slides(slides, folder, UNITS.get(study, PATIENTS)) if slides else []
    watched = taken.watched if taken else [seen_from(folder, slides.resolve())] if slides else []
    with _whole(folder):
        _write(folder, ready, variant, taken, rows)
        write_tracking(folder, _own(folder, ready, taken), watched)
    found = f"{len(rows)} slides found in {slides}" if rows else "simulated slides"
    typer.echo(_told(folder, ready.named(ROOT, variant), found, taken))


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


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """Takes away what is new in a folder, and the folder itself if it is, where the block does not end well."""
    own = (folder / name for name in ("data", LISTS, PARAMS, SHEET, DVC, ".dvc", ".dvcignore", ".gitignore"))
    new = [path for path in (*reversed(folder.parents), folder, *own) if not path.exists()]
    try:
        yield
    except BaseException:
        for path in new:
            if path.exists():
                remove(path)
        raise


def _write(folder: Path, ready: ReadyMade, variant: str | None, taken: Taken | None, rows: list[Slide]) -> None:
    """Writes ``params.yaml``, and the sheet with its lists or, without rows, that of the ready-made study."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    ready.write(folder / PARAMS, variant, layer_of(taken.settings, ready.content(variant)) if taken else None)
    if taken:
        taken.write_lists(folder)
    if rows:
        write_sheet(folder / SHEET, rows)
    elif ready.sheet:
        shutil.copyfile(ready.sheet, folder / SHEET)


def _own(folder: Path, ready: ReadyMade, taken: Taken | None) -> Study:
    """What was written; raises StudyError where the tiles and stains of a data set do not suit a ready-made study."""
    try:
        return load_study(folder / PARAMS)
    except StudyError as error:
        if taken is None:
            raise
        found, own = taken.dataset, ready.path.name  # the study's own file does not stay
        told = str(error).replace(str(folder / PARAMS), own)
        problem = f"study {ready.path.stem!r} does not suit the tiles and stains of {found.name}: {told}"
        fix = f"leave --study out for {found.study!r}, or choose another"
        raise StudyError(problem, where="--study", fix=fix) from error


def _told(folder: Path, source: str, found: str, taken: Taken | None) -> str:
    """What was written, and the next commands."""
    run = shlex.join(["snakemake", "--snakefile", place_of_code(folder) + "/Snakefile", "--cores", "all"])
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
