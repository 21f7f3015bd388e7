"""The rows of a slide sheet, from a folder of slides."""

import re
from collections import Counter
from collections.abc import Iterator
from glob import escape
from pathlib import Path

from pipeline.core.errors import StudyError
from pipeline.study.sheet import Slide

SUFFIXES = {".svs", ".tif", ".tiff", ".ndpi", ".mrxs", ".scn", ".bif", ".svslide", ".vms", ".vmu", ".dcm"}
DICOM = ".dcm"
MPP = 0.5


def seen_from(study: Path, path: Path) -> Path:
    """``path`` relative to the study's folder where it lies inside it, else absolute."""
    path = path.resolve()
    return path.relative_to(study.resolve()) if path.is_relative_to(study.resolve()) else path


def find_slides(folder: Path, study: Path) -> list[Slide]:
    """The rows of a sheet for a folder of slides, or of registered image pairs.

    Pairs lie as image-translation data sets have them: ``trainA/ trainB/ testA/ testB/`` with equal
    names. ``crop[region]`` in a name puts all crops of a region into one slide and one patient, so
    that overlapping crops are never split; the folders' own split is not used. Such images state no
    resolution: MPP stands in for it.

    Args:
        folder: Where the slides lie.
        study: The study's folder; paths inside it become relative to it.

    Raises:
        StudyError: There is nothing that looks like a slide.
    """
    folder = folder.resolve()
    rows = list(_pairs(folder, study) if (folder / "trainA").is_dir() else _slides(folder, study))
    if not rows:
        endings = ", ".join(sorted(SUFFIXES))
        raise StudyError(
            "no slides found", where=str(folder), fix=f"a folder with trainA and trainB, or files {endings}"
        )
    return rows


def _slides(folder: Path, study: Path) -> Iterator[Slide]:
    found = (item for item in folder.rglob("*") if item.suffix.lower() in SUFFIXES and not _hidden(item, folder))
    taken: Counter[str] = Counter()
    # a DICOM slide is a folder with a file per level
    for path in sorted({item.parent if item.suffix.lower() == DICOM else item for item in found}):
        stem = path if path.is_dir() else path.with_suffix("")
        name = _name(stem.relative_to(folder).as_posix(), folder.name)
        taken[name] += 1
        name = name if taken[name] == 1 else f"{name}-{taken[name]}"
        place = str(seen_from(study, path))
        yield Slide(slide_id=name, path=place, patient_id="", site="unknown", stain="HE", split="")


def _hidden(path: Path, folder: Path) -> bool:
    """Such as the ``._scan.svs`` that some systems leave beside ``scan.svs``."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _name(place: str, otherwise: str) -> str:
    """A slide_id that a sheet may hold."""
    for text in (place, otherwise):
        name = re.sub(r"[^\w.-]", "_", text).strip(".-")
        if any(character.isalnum() for character in name):
            return name
    return "slide"


def _pairs(folder: Path, study: Path) -> Iterator[Slide]:
    """One H&E slide and one registered multiplex slide per region."""
    base = escape(str(seen_from(study, folder)))
    regions: dict[tuple[str, str], set[str]] = {}
    for path in sorted([*folder.glob("trainA/*"), *folder.glob("testA/*")]):
        match = re.search(r"\[[^\]]+\]$", path.stem)
        key = ("*", match.group()) if match else ("", path.stem)  # a plain name is the whole name: 1 is not 11
        regions.setdefault(key, set()).add(path.parent.name[:-1])
    for (crop, region), parts in sorted(regions.items()):
        patient = re.sub(r"[^A-Za-z0-9]+", "_", region).strip("_")
        part = parts.pop() if len(parts) == 1 else "*"
        for stain, side, paired_with in (("HE", "A", ""), ("mIHC", "B", f"{patient}-HE")):
            yield Slide(
                slide_id=f"{patient}-{stain}",
                path=f"{base}/{part}{side}/{crop}{escape(region)}.*",
                patient_id=patient,
                site="unknown",
                stain=stain,
                split="",
                mpp=MPP,
                paired_with=paired_with,
            )
