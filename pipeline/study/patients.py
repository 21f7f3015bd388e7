"""Patients of slides, and their splits: a patient is never in two."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from pipeline.core.errors import SheetError
from pipeline.core.seeds import derive
from pipeline.core.slides.slide import PATIENTS, Slide


def fill_patients(slides: dict[str, Slide], path: Path) -> dict[str, Slide]:
    """Gives registered slides one patient and every other slide without a patient its own.

    Args:
        slides: ``patient_id`` is empty where the sheet is.
        path: The sheet, for the message.

    Raises:
        SheetError: ``paired_with`` names no other plain slide of another stain, or one of another patient.
    """
    groups = defaultdict(list)
    for slide in slides.values():
        if slide.paired_with:
            _check_pair(slide, slides, path)
        groups[slide.paired_with or slide.slide_id].append(slide)
    owner = {}
    for plain, group in groups.items():
        given = {slide.patient_id: slide.slide_id for slide in group if slide.patient_id}
        if len(given) > 1:
            found = ", ".join(f"{patient!r} ({slide})" for patient, slide in given.items())
            raise SheetError(
                f"registered slides are of one patient; found {found}",
                where=f"{path}, slides paired with {plain}",
                fix="give them one patient_id, or leave it empty in all but one; else empty paired_with",
            )
        owner[plain] = next(iter(given), plain)
    return {name: slide.changed(patient_id=owner[slide.paired_with or name]) for name, slide in slides.items()}


def _check_pair(slide: Slide, slides: dict[str, Slide], path: Path) -> None:
    name, partner = slide.slide_id, slides.get(slide.paired_with)
    if partner is None:
        problem, fix = "which is not in the sheet", "name the slide_id of the registered slide"
    elif partner is slide:
        problem, fix = "which is itself", "name the slide it is registered to, or leave it empty"
    elif partner.paired_with:
        problem = f"which is itself paired with {partner.paired_with!r}"
        fix = "pair every stain with one slide whose own paired_with is empty"
    elif partner.stain == slide.stain:
        problem, fix = (
            f"which is of the same stain, {slide.stain}",
            "pair slides of two stains; correct the column stain",
        )
    else:
        return
    where = f"{path} column paired_with"
    raise SheetError(f"slide {name!r} is paired with {slide.paired_with!r}, {problem}", where=where, fix=fix)


def fill_splits(slides: dict[str, Slide], path: Path, *, seed: int, test_share: float) -> dict[str, Slide]:
    """Gives every patient one split: the one its rows name, else drawn by seed and patient alone.

    Raises:
        SheetError: The rows of a patient name two splits.
    """
    splits: dict[str, str] = {}
    for slide in slides.values():
        if not slide.split:
            continue
        other = splits.setdefault(slide.patient_id, slide.split)
        if other != slide.split:
            raise SheetError(
                f"patient {slide.patient_id!r} is in two splits: {other} and {slide.split}",
                where=f"{path}, slide {slide.slide_id}",
                fix="give all slides of a patient the same split, or leave it empty",
            )
    for patient in {slide.patient_id for slide in slides.values()} - splits.keys():
        share = derive(seed, "split", patient) / 2**63  # by hash: a new patient moves no other
        splits[patient] = "test" if share < test_share else "train"
    return {name: slide.changed(split=splits[slide.patient_id]) for name, slide in slides.items()}


def unit_of(slides: Mapping[str, Slide], *, folded: bool) -> str:
    """What a test patient stands for, in plain plural words; PATIENTS where the slides do not agree.

    Args:
        slides: Of the sheet.
        folded: Every patient is tested in some fold.
    """
    units = {slide.unit for slide in slides.values() if folded or slide.split == "test"}
    return units.pop() if len(units) == 1 else PATIENTS
