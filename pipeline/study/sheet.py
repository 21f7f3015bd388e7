"""The slide sheet: ``data/slides.csv``."""

from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from pipeline.core.errors import SheetError, SlideError
from pipeline.core.files import aside
from pipeline.core.slides.slide import IMAGES, LABELS, Slide
from pipeline.study.patients import fill_patients, fill_splits
from pipeline.study.records import read_records
from pipeline.study.tile import is_simulated

COLUMNS = (
    "slide_id", "patient_id", "path", "site", "stain", "mpp", "split", "label", "annotations", "paired_with", "unit",
)  # fmt: skip
FOREIGN = {
    "filename": "path", "slide_path": "path", "patient": "patient_id", "case_id": "patient_id",
    "slide": "slide_id", "centre": "site", "center": "site",
}  # fmt: skip
MENTIONED = 10  # lines with a mistake that a message names


def read_sheet(path: Path, *, seed: int, test_share: float, made: bool = False) -> dict[str, Slide]:
    """Reads the sheet, fills what is empty: patients of registered slides by their partner, splits by patient.

    Args:
        path: The CSV file.
        seed: The study's seed; decides the split of patients whose split is empty.
        test_share: Share of such patients that goes to the test split.
        made: The study makes its own slides: those under ``data/phantom`` need not exist yet.

    Raises:
        SheetError: Names line, column and fix of the first mistake of every row, of ten rows at most.
    """
    slides: dict[str, Slide] = {}
    mistakes: dict[int, SheetError] = {}
    for line, row in _rows(path):
        where = f"{path} line {line}"
        try:
            slide = _slide(row, where)
            _check_id(slide, slides, where)
            _check_files(slide, where, simulated=made and is_simulated(slide))
            slides[slide.slide_id] = slide
        except SheetError as error:
            mistakes[line] = error
    if mistakes:
        raise _joined(list(mistakes.values()), path)
    return fill_splits(fill_patients(slides, path), path, seed=seed, test_share=test_share)


def find_row(path: Path, file: Path) -> Slide | None:
    """The row of a slide by its file or folder, as it is written; None where there is none, or no sheet.

    Other slides need not be there any more.

    Raises:
        SheetError: The sheet is no sheet, or the row has a mistake.
    """
    rows = _rows(path) if path.is_file() else ()
    for line, row in rows:
        if row.get("path") and Path(row["path"]).resolve() == file.resolve():
            return _slide(row, f"{path} line {line}")
    return None


def _joined(mistakes: list[SheetError], path: Path) -> SheetError:
    """The one mistake, or several on one screen."""
    if len(mistakes) == 1:
        return mistakes[0]
    told = "\n".join(f"- {mistake}" for mistake in mistakes[:MENTIONED])
    more = f"\n- and {len(mistakes) - MENTIONED} rows more" if len(mistakes) > MENTIONED else ""
    return SheetError(f"{len(mistakes)} rows have mistakes\n{told}{more}", where=str(path), fix="correct them all")


def write_sheet(path: Path, slides: Iterable[Slide]) -> None:
    """Writes slides as a sheet that :func:`read_sheet` reads.

    Raises:
        SheetError: A path is not of characters of UTF-8.
    """
    import pandas as pd

    slides = list(slides)
    for slide in slides:
        if slide.path.encode(errors="ignore").decode() != slide.path:
            problem = f"{slide.path!a} is not of characters of UTF-8"
            raise SheetError(problem, where=f"{path}, column path", fix="rename the file or folder")
    table = pd.DataFrame([slide.row() for slide in slides], columns=list(COLUMNS), dtype=object)
    with aside(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n", encoding="utf-8")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of every row that is not empty, by the names of COLUMNS."""
    if not path.is_file():
        raise SheetError("no slide sheet", where=str(path), fix="write one, or 'synpriv init DIR --slides FOLDER'")
    records = read_records(path)
    if not records:
        raise SheetError("an empty slide sheet", where=str(path), fix=f"begin with the columns {', '.join(COLUMNS)}")
    (_, header), *rows = records
    names = _names(header, path)
    for line, cells in rows:
        if any(cells[len(names) :]):
            raise SheetError(
                f"{len(cells)} cells, expected {len(names)}, one per column",
                where=f"{path} line {line}",
                fix="put cells that hold a comma in double quotes",
            )
        if any(cells):
            yield line, dict(zip(names, cells, strict=False))


def _names(header: list[str], path: Path) -> list[str]:
    """The header by the names of COLUMNS."""
    names = [FOREIGN.get(name.lower(), name.lower()) for name in header]
    unknown = [name for name in names if name not in COLUMNS]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not unknown and not twice and "path" in names:
        return names
    problem = f"several columns for {twice}" if twice else "no column 'path'"
    fix = f"columns: {', '.join(COLUMNS)}; only path is required"
    if unknown:
        problem = f"unknown columns {unknown}"
        fix = f"separate cells by commas; {fix}" if ";" in unknown[0] or "\t" in unknown[0] else fix
    raise SheetError(problem, where=f"{path} line 1", fix=fix)


def _slide(row: dict[str, str], where: str) -> Slide:
    given = {"slide_id": Path(row.get("path", "")).stem, "path": "", **{k: v for k, v in row.items() if v}}
    try:
        return Slide.model_validate(given)
    except ValidationError as error:
        column, found, problem, fix = told_of(error)
        raise SheetError(f"{column} {found!r} is {problem}", where=f"{where}, column {column}", fix=fix) from None


def told_of(error: ValidationError) -> tuple[str, object, str, str]:
    """The first mistake of a slide: its column, what was found, what is wrong with it, and what to do about it."""
    mistakes = {str(item["loc"][0]): item for item in error.errors()}
    column, item = ("path", mistakes["path"]) if "path" in mistakes else next(iter(mistakes.items()))
    return column, item["input"], item["msg"], item["ctx"]["fix"]


def _check_id(slide: Slide, others: Container[str], where: str) -> None:
    if slide.slide_id in others:
        message, place = f"slide_id {slide.slide_id!r} occurs twice", f"{where}, column slide_id"
        raise SheetError(message, where=place, fix="give each slide its own id")


def _check_files(slide: Slide, where: str, *, simulated: bool) -> None:
    if simulated:
        return
    try:
        found = slide.listed(IMAGES | LABELS)
    except SlideError as error:
        raise SheetError(f"{error.message} ({error.where})", where=f"{where}, column path", fix=error.fix) from error
    if not found:
        fix = "correct the path or drop the row"
        raise SheetError(f"slide file {slide.path!r} is missing", where=f"{where}, column path", fix=fix)
    if slide.annotations and not Path(slide.annotations).is_file():
        fix = "correct the path or leave it empty"
        raise SheetError(
            f"annotations {slide.annotations!r} are missing", where=f"{where}, column annotations", fix=fix
        )
