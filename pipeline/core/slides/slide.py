"""A slide: one row of the sheet, and the files that it is made of."""

import glob
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WrapValidator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from pipeline.core.slides.listing import is_list, read_list

PLAUSIBLE = (0.02, 20.0)  # µm per level-0 pixel, where a file says it
GIVEN = (0.0002, 20.0)  # where a person does, who may know of pictures of electrons
IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".btf", ".dcm"}
LABELS = {".png", ".bmp", ".tif", ".tiff", ".btf", ".npy", ".mat", ".xml", ".geojson", ".json"}
DICOM = ".dcm"
ARRAY = ".npy"
MIRAX = ".mrxs"
PATIENTS = "patients"
Split = Literal["", "train", "val", "test"]
SPLITS = ("train", "val", "test")
TAKEN = ("index", "reference", "model", "fits")  # the names of the pipeline's own files beside those of slides
ENDINGS = (".recipe", ".truth")  # a.recipe.json is the recipe of slide a


def _identifier(name: str) -> str:
    """A name that makes a file name everywhere; raises PydanticCustomError otherwise."""
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or name.startswith((".", "-")):
        raise _mistake(
            "no plain name",
            "use letters, digits, '-', '_', '.'; begin with none of '.-', one letter or digit at least",
        )
    if name in TAKEN or name.endswith(ENDINGS):
        raise _mistake("taken by the pipeline", "rename the slide")
    return name


def _given(path: str) -> str:
    if not path:
        raise _mistake("empty", "give the slide's file, folder or pattern")
    return path


def _one_of_splits(split: object) -> object:
    if split and split not in SPLITS:
        raise _mistake("no split", f"one of {', '.join(SPLITS)}, or empty")
    return split


def _resolution(mpp: object, validate: ValidatorFunctionWrapHandler) -> float:
    try:
        value: float = validate(mpp)
    except ValueError:
        raise _mistake("no number", "give µm per pixel, such as 0.25, or leave it empty") from None
    if not GIVEN[0] <= value <= GIVEN[1]:
        raise _mistake(
            f"implausible, expected {GIVEN[0]:g} to {GIVEN[1]:g}",
            "correct it: µm per pixel, such as 0.25; or leave it empty",
        )
    return value


def _mistake(found: str, fix: str) -> PydanticCustomError:
    """What is wrong with a value, and in ``ctx`` what to do about it."""
    return PydanticCustomError("slide", "{found}", {"found": found, "fix": fix})


class Slide(BaseModel):
    """One row of the sheet.

    Args:
        slide_id: A name of its own.
        path: A file; a folder of the files of one DICOM slide; or a folder, a pattern or a list of images.
        patient_id: Whose slide it is; empty until the sheet is read as a whole.
        site: Hospital, scanner or staining laboratory.
        stain: As ``params.yaml`` calls it.
        split: ``train``, ``val`` or ``test``; empty until the sheet is read as a whole.
        mpp: µm per level-0 pixel; None where the file is to say it.
        label: One class for the whole slide, or none.
        annotations: A GeoJSON file, an array of a name for each of its images, or none.
        paired_with: The slide this one is registered to, or none.
        unit: What a patient_id stands for, in plain plural words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slide_id: Annotated[str, AfterValidator(_identifier)]
    path: Annotated[str, AfterValidator(_given)]
    patient_id: str = ""
    site: Annotated[str, Field(min_length=1)] = "unknown"
    stain: Annotated[str, Field(min_length=1)] = "HE"
    split: Annotated[Split, BeforeValidator(_one_of_splits)] = ""
    mpp: Annotated[float, WrapValidator(_resolution)] | None = None
    label: str = ""
    annotations: str = ""
    paired_with: str = ""
    unit: Annotated[str, Field(min_length=1)] = PATIENTS

    def row(self) -> dict[str, str | float | None]:
        """The columns of the sheet."""
        return self.model_dump()

    def spec(self) -> dict[str, str | float | None]:
        """The columns as a job's spec holds them: without the words for its patients, which change no tile."""
        return self.model_dump(exclude={"unit"})

    def changed(self, **columns: str | float | None) -> Self:
        """The slide with other values in some columns, validated like a row."""
        return type(self)(**{**self.row(), **columns})  # type: ignore[arg-type]

    def images(self, endings: Collection[str] = IMAGES) -> list[Path]:
        """The images that are cut, in name order: the file, or those of its folder or pattern.

        A folder of DICOM files alone is one image, and an array of four axes is many. Other files of a folder, such
        as a table of labels, are left alone.

        Args:
            endings: Of the images of a folder.

        Raises:
            SlideError: An array cannot be opened, or a list not be read.
        """
        listed = self.listed(endings)
        dicom = Path(self.path).is_dir() and all(file.suffix.lower() == DICOM for file in listed)
        if listed and dicom:
            return [Path(self.path)]
        if not any(file.suffix.lower() == ARRAY for file in listed):
            return listed
        from pipeline.core.slides.stack import members

        return [image for file in listed for image in (members(file) if file.suffix.lower() == ARRAY else [file])]

    def files(self, endings: Collection[str] = IMAGES) -> list[Path]:
        """Every file that is read for its images, in name order: theirs, and those that formats lay beside them.

        A list stands for all that it names.
        """
        if is_list(Path(self.path)):
            return [Path(self.path)]
        if Path(self.path).is_dir():
            return self.listed(endings)
        return list(dict.fromkeys(file for image in self.listed(endings) for file in (image, *_companions(image))))

    def folders(self) -> list[Path]:
        """The folder, or those of its pattern or list, in name order."""
        path = Path(self.path)
        return [path] if path.is_dir() else [item for item in self.listed() if item.is_dir()]

    def listed(self, endings: Collection[str] = IMAGES) -> list[Path]:
        """The file, the files of its folder with such an ending, or whatever pattern or list name, in name order.

        Raises:
            SlideError: A list cannot be read.
        """
        path = Path(self.path)
        if path.is_dir():
            images = (item for item in path.iterdir() if item.suffix.lower() in endings)
            return sorted(item for item in images if item.is_file() and not item.name.startswith("."))
        if path.exists():
            return read_list(path) if is_list(path) else [path]
        return sorted(map(Path, glob.glob(self.path)))  # noqa: PTH207 - the pattern may be absolute


def _companions(path: Path) -> list[Path]:
    """The files beside ``path`` that belong to it: a MIRAX slide's folder, the series of a DICOM file."""
    if path.suffix.lower() == MIRAX and path.with_suffix("").is_dir():
        items = path.with_suffix("").iterdir()
        return sorted(item for item in items if item.is_file() and not item.name.startswith("."))
    if path.suffix.lower() == DICOM:
        from pipeline.core.slides.series import series_of

        return series_of(path)
    return []
