"""The slide sheet: ``data/slides.csv``."""

import csv
import glob
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

from pipeline.core.errors import SheetError
from pipeline.study.patients import fill_patients, fill_splits

PLAUSIBLE = (0.02, 20.0)  # µm per level-0 pixel
MASK = "nuclei"  # the stain that is a picture of classes, not of light: augmented without colours, scored by Dice
SPLITS = ("train", "val", "test")
IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".btf", ".dcm"}
COLUMNS = ("slide_id", "patient_id", "path", "site", "stain", "mpp", "split", "label", "annotations", "paired_with")
FOREIGN = {
    "filename": "path", "slide_path": "path", "patient": "patient_id", "case_id": "patient_id",
    "slide": "slide_id", "centre": "site", "center": "site",
}  # fmt: skip


@dataclass(frozen=True)
class Slide:
    """One row of the sheet. ``mpp`` (µm per level-0 pixel) is None where the file is to say it."""

    slide_id: str
    path: str
    patient_id: str
    site: str
    stain: str
    split: str
    mpp: float | None = None
    label: str = ""
    annotations: str = ""
    paired_with: str = ""

    def row(self) -> dict[str, str | float | None]:
        return asdict(self)

    def files(self) -> list[Path]:
        """The files the slide is made of: itself, or the images of its folder or pattern, in name order.

        Other files of a folder, such as a table of labels, are left alone.
        """
        path = Path(self.path)
        if path.is_dir():
            images = (item for item in path.iterdir() if item.suffix.lower() in IMAGES)
            return sorted(item for item in images if item.is_file() and not item.name.startswith("."))
        return [path] if path.exists() else sorted(map(Path, glob.glob(self.path)))  # noqa: PTH207 - the pattern may be absolute

    def images(self) -> list[Path]:
        """The images that are cut: its files, but a folder of DICOM is one image, whose files belong together."""
        files = self.files()
        dicom = Path(self.path).is_dir() and files and all(file.suffix.lower() == ".dcm" for file in files)
        return [Path(self.path)] if dicom else files


def read_sheet(path: Path, *, seed: int, test_share: float, made: bool = False) -> dict[str, Slide]:
    """Reads the sheet, fills what is empty: patients of registered slides by their partner, splits by patient.

    Args:
        path: The CSV file.
        seed: The study's seed; decides the split of patients whose split is empty.
        test_share: Share of such patients that goes to the test split.
        made: The study makes its own slides: those under ``data/phantom`` need not exist yet.

    Raises:
        SheetError: Names the line and the fix.
    """
    rows = _rows(path)
    slides: dict[str, Slide] = {}
    for line, row in rows:
        where = f"{path} line {line}"
        slide = _slide(row, where)
        if slide.slide_id in slides:
            raise SheetError(f"slide_id {slide.slide_id!r} occurs twice", where=where, fix="give each slide its own id")
        simulated = made and slide.path.startswith("data/phantom/")
        if not simulated and not slide.files():
            raise SheetError(f"slide file {slide.path!r} is missing", where=where, fix="mend the path or drop the row")
        if slide.annotations and not simulated and not Path(slide.annotations).is_file():
            raise SheetError(f"annotations {slide.annotations!r} are missing", where=where, fix="mend the path")
        slides[slide.slide_id] = slide
    return fill_splits(fill_patients(slides, path), path, seed=seed, test_share=test_share)


def write_sheet(path: Path, slides: Iterable[Slide]) -> None:
    """Writes slides as a sheet that :func:`read_sheet` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: "" if v is None else v for k, v in slide.row().items()} for slide in slides)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise SheetError("no slide sheet", where=str(path), fix="write one, or 'synpriv init DIR --slides FOLDER'")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError(f"not UTF-8: {error}", where=str(path), fix="save it as 'CSV UTF-8'") from None
    with StringIO(text, newline="") as file:
        reader = csv.DictReader(file)
        names = [_canonical(name) for name in reader.fieldnames or []]
        unknown = [name for name in names if name not in COLUMNS]
        if unknown or "path" not in names:
            problem = f"unknown columns {unknown}" if unknown else "no column 'path'"
            raise SheetError(problem, where=str(path), fix=f"columns: {', '.join(COLUMNS)}; only path is required")
        reader.fieldnames = names
        return [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]


def _canonical(name: str) -> str:
    name = name.strip().lower()
    return FOREIGN.get(name, name)


def _slide(row: dict[str, str], where: str) -> Slide:
    if not row["path"]:
        raise SheetError("empty path", where=where, fix="give the slide's file, folder or pattern")
    slide_id = row.get("slide_id") or Path(row["path"]).stem
    if not slide_id.replace("-", "").replace("_", "").replace(".", "").isalnum() or slide_id.startswith((".", "-")):
        raise SheetError(
            f"slide_id {slide_id!r}",
            where=where,
            fix="use letters, digits, '-', '_', '.'; one letter or digit at least",
        )
    if slide_id in ("index", "reference"):
        raise SheetError(f"slide_id {slide_id!r} is taken by the pipeline", where=where, fix="rename the slide")
    split = row.get("split", "")
    if split and split not in SPLITS:
        raise SheetError(f"split {split!r}", where=where, fix=f"one of {', '.join(SPLITS)}, or empty")
    try:
        mpp = float(row["mpp"]) if row.get("mpp") else None
    except ValueError:
        raise SheetError(f"mpp {row['mpp']!r} is no number", where=where, fix="µm per pixel, such as 0.25") from None
    if mpp is not None and not PLAUSIBLE[0] <= mpp <= PLAUSIBLE[1]:
        raise SheetError(
            f"mpp {mpp} is implausible, expected {PLAUSIBLE[0]} to {PLAUSIBLE[1]}",
            where=where,
            fix="correct it: µm per pixel, such as 0.25",
        )
    return Slide(
        slide_id=slide_id,
        path=row["path"],
        patient_id=row.get("patient_id", ""),
        site=row.get("site") or "unknown",
        stain=row.get("stain") or "HE",
        split=split,
        mpp=mpp,
        label=row.get("label", ""),
        annotations=row.get("annotations", ""),
        paired_with=row.get("paired_with", ""),
    )
