"""Folds: every patient is tested once, by encoders, translators and a normaliser that never saw it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.core.cohort.primary import primary_stains
from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.seeds import derive
from pipeline.core.slides.slide import Slide

ROOTS = tuple(
    map(
        Path,
        (
            "data/normalized",
            "models/translators",
            "data/privileged",
            "data/synthetic",
            "models/encoders",
            "models/segmenters",
            "results/scores",
        ),
    )
)
ONCE = ("tile", "report")  # phases that no fold repeats
POOLED = "evaluate"  # the rule that reads all folds
SHARED = Path("results/scores/index.json")  # what it makes


def fold_names(folds: int | None) -> list[str]:
    """``fold-0`` and so on; one without a name where nothing is folded."""
    return [f"fold-{fold}" for fold in range(folds)] if folds else [""]


def splits(slides: Mapping[str, Slide], folds: int | None, seed: int) -> dict[str, dict[str, Slide]]:
    """The slides as each fold sees them: its patients are tested, all others are trained on.

    Patients are dealt out in an order that the seed and their names decide, those first who have a slide that encoders
    learn from, so that folds test as many of them within one. What the sheet says of splits is left aside.

    Args:
        slides: Of the sheet.
        folds: How many; None: one fold without a name, which is the sheet's own split.
        seed: Of the study.
    """
    if not folds:
        return {"": dict(slides)}
    seen = patients_of(slides)
    everyone = {s.patient_id for s in slides.values()}
    patients = sorted(everyone, key=lambda name: (name not in seen, derive(seed, "fold", name), name))
    tested = {patient: place % folds for place, patient in enumerate(patients)}
    return {
        name: {
            slide: own.changed(split="test" if tested[own.patient_id] == fold else "train")
            for slide, own in slides.items()
        }
        for fold, name in enumerate(fold_names(folds))
    }


def placed(path: Path, fold: str) -> Path:
    """Where a fold keeps a product: ``models/encoders/a/0.json`` becomes ``models/encoders/fold-1/a/0.json``."""
    root = next((root for root in ROOTS if path.is_relative_to(root)), None)
    return path if root is None or not fold or path == SHARED else root / fold / path.relative_to(root)


def in_fold(job: Job, fold: str, folds: list[str]) -> Job:
    """A job as that of a fold: all that it reads and writes, but tiles, is the fold's.

    Those of phases that are made ONCE belong to no fold, and read what they read of this one. The index of the first
    fold is told of all ``folds``, for it prunes what lies beside them.
    """
    if fold and fold == folds[0] and job.rule == f"{job.phase}_index" and job.phase not in ONCE:
        job = replace(job, spec={**job.spec, "folds": folds})
    return job.moved(lambda path: placed(path, fold), "" if job.phase in ONCE else fold)


def pooled(jobs: list[tuple[str, Job]]) -> Job:
    """The job that reads what every fold's would read, the groups of each under its name."""
    groups: dict[str, dict[str, Path]] = {}
    for fold, job in jobs:
        for name, group in in_fold(job, fold, [fold]).groups.items():
            prefix = f"{fold}/" if fold else ""
            groups.setdefault(name, {}).update({prefix + key: path for key, path in group.items()})
    return replace(jobs[0][1], groups=groups)


def patients_of(slides: Mapping[str, Slide]) -> set[str]:
    """The patients that can be tested: those with a slide of the primary stain."""
    stains = primary_stains(slides)
    return {slide.patient_id for slide in slides.values() if slide.stain in stains}


def check_folds(
    folds: int | None, slides: Mapping[str, Slide], where: str = "params.yaml: folds"
) -> Iterator[StudyError]:
    """The mistake of more folds than patients that can be tested."""
    patients = len(patients_of(slides))
    if folds and patients < folds:
        fix = f"set it to {patients} at most, or leave it out"
        yield StudyError(f"{folds} folds of {patients} patients with a slide to test", where=where, fix=fix)


def in_words(mistakes: Mapping[str, list[StudyError]]) -> list[StudyError]:
    """The mistakes of every fold, each once; one that not all have says whose it is, and what helps there."""
    found: dict[str, dict[str, StudyError]] = {}
    for fold, own in mistakes.items():
        for mistake in own:
            found.setdefault(str(mistake), {})[fold] = mistake
    return [
        _of_fold(by_fold) if len(by_fold) < len(mistakes) else next(iter(by_fold.values()))
        for by_fold in found.values()
    ]


def _of_fold(by_fold: Mapping[str, StudyError]) -> StudyError:
    mistake, names = next(iter(by_fold.values())), ", ".join(by_fold)
    fix = "choose fewer folds or another seed (splits of the sheet do not count here), or add patients"
    return StudyError(f"{names}: {mistake.message}", where=mistake.where, fix=fix)
