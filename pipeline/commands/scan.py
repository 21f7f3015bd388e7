"""The rows of a slide sheet, from a folder of slides."""

import re
from collections import Counter
from collections.abc import Iterator
from glob import escape
from pathlib import Path

from pipeline.core.errors import StudyError
from pipeline.core.slides.series import series_in
from pipeline.core.slides.slide import DICOM, PATIENTS, Slide

SUFFIXES = {".svs", ".tif", ".tiff", ".ndpi", ".mrxs", ".scn", ".bif", ".svslide", ".vms", ".vmu", ".dcm"}
MPP = 0.5  # of image pairs, which state none
REGIONS = "regions of at most eight slides"  # those of HEMIT, in brackets in its names
REGION = re.compile(r"\[[^\]]+\]")


def seen_from(study: Path, path: Path) -> Path:
    """An absolute ``path`` relative to the study's folder where it lies inside it; a link is not followed."""
    return path.relative_to(study.resolve()) if path.is_relative_to(study.resolve()) else path


def find_slides(folder: Path, study: Path, unit: str = PATIENTS) -> list[Slide]:
    """The rows of a sheet for a folder of slides, or of registered image pairs.

    Pairs lie as image-translation data sets have them: ``trainA/ trainB/ testA/ testB/`` with equal
    names. A region in brackets, such as ``19[18226,57650]_M2``, puts all of its crops into one slide and
    one patient, so that overlapping crops are never split; the folders' own split is not used. Such images
    state no resolution: MPP stands in for it.

    Args:
        folder: Where the slides lie.
        study: The study's folder; paths inside it become relative to it.
        unit: What a region that stands for a patient is called, in plain plural words.

    Raises:
        StudyError: There is nothing that looks like a slide, or an image names several regions.
    """
    folder = folder.resolve()
    rows = list(_pairs(folder, study, unit) if (folder / "trainA").is_dir() else _slides(folder, study))
    if not rows:
        endings = ", ".join(sorted(SUFFIXES))
        raise StudyError(
            "no slides found", where=str(folder), fix=f"a folder with trainA and trainB, or files {endings}"
        )
    return rows


def _slides(folder: Path, study: Path) -> Iterator[Slide]:
    found = {item for item in folder.rglob("*") if item.suffix.lower() in SUFFIXES and not _hidden(item, folder)}
    dicom = {item for item in found if item.suffix.lower() == DICOM}
    taken: Counter[str] = Counter()
    for path in sorted((found - dicom).union(*map(series_paths, {item.parent for item in dicom}))):
        stem = path if path.is_dir() else path.with_suffix("")
        name = _unique(plain_name(stem.relative_to(folder).as_posix(), folder.name), taken)
        yield Slide(slide_id=name, path=str(seen_from(study, path)))


def series_paths(folder: Path) -> list[Path]:
    """One path per DICOM slide in a folder: the folder where it holds one and nothing else, else its first file.

    A folder without any that OpenSlide opens stays in the list, so that its slide is not lost without a word.
    """
    slides = list(series_in(folder).values())
    beside = {item for item in folder.iterdir() if not item.name.startswith(".")}.difference(*slides)
    return [files[0] for files in slides] if len(slides) > 1 or (slides and beside) else [folder]


def _hidden(path: Path, folder: Path) -> bool:
    """Such as the ``._scan.svs`` that some systems leave beside ``scan.svs``."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def plain_name(place: str, otherwise: str) -> str:
    """A slide_id that a sheet may hold."""
    for text in (place, otherwise):
        name = re.sub(r"[^\w.-]", "_", text).strip(".-")
        if any(character.isalnum() for character in name):
            return name
    return "slide"


def _unique(name: str, taken: Counter[str]) -> str:
    """The name, with a number behind it from the second time on."""
    taken[name] += 1
    return name if taken[name] == 1 else f"{name}-{taken[name]}"


def _pairs(folder: Path, study: Path, unit: str) -> Iterator[Slide]:
    """One H&E slide and one registered multiplex slide per region."""
    base = escape(str(seen_from(study, folder)))
    groups: dict[tuple[str, str], set[str]] = {}
    for path in sorted([*folder.glob("trainA/*"), *folder.glob("testA/*")]):
        groups.setdefault(_group(path), set()).add(path.parent.name[:-1])
    taken: Counter[str] = Counter()
    for (text, pattern), parts in sorted(groups.items()):
        patient = _unique(plain_name(re.sub(r"\W+", "_", text).strip("_"), folder.name), taken)
        part = parts.pop() if len(parts) == 1 else "*"
        for stain, side, paired_with in (("HE", "A", ""), ("mIHC", "B", f"{patient}-HE")):
            yield Slide(
                slide_id=f"{patient}-{stain}",
                path=f"{base}/{part}{side}/{pattern}.*",
                patient_id=patient,
                stain=stain,
                mpp=MPP,
                paired_with=paired_with,
                unit=unit if REGION.fullmatch(text) else PATIENTS,
            )


def _group(path: Path) -> tuple[str, str]:
    """What a crop's slide is called, and the pattern of its crops: by its region, else by its whole name."""
    regions = set(REGION.findall(path.stem))
    if len(regions) > 1:
        found = " and ".join(sorted(regions))
        raise StudyError(f"an image of regions {found}", where=str(path), fix="name one region in brackets")
    if not regions:
        return path.stem, escape(path.stem)  # 1 is not 11
    region = regions.pop()
    return region, f"*{escape(region)}*"
