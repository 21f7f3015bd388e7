"""Whether the sheet holds what params.yaml asks for, so that no job finds out hours later."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.cohort.primary import primary_stains
from pipeline.core.errors import StudyError
from pipeline.study.jobs import real_stain
from pipeline.study.layout import coordinates_of
from pipeline.study.sheet import Slide
from pipeline.study.study import Study

BOTH = ("train", "test")


@dataclass(frozen=True)
class Need:
    """``where`` asks for one slide of ``found`` in each of ``splits``; ``fix`` helps where there is none in any."""

    what: str
    where: str
    found: list[Slide]
    splits: tuple[str, ...]
    fix: str

    def check(self) -> None:
        """Raises StudyError where a split has no such slide."""
        for split in self.splits:
            if not any(slide.split == split for slide in self.found):
                has = ", ".join(sorted({f"{slide.slide_id} ({slide.split})" for slide in self.found})[:5])
                raise StudyError(
                    f"the slide sheet has no {self.what} in the {split} split; it has {has or 'none at all'}",
                    where=self.where,
                    fix="fill the split column of data/slides.csv or change tile.test_share" if has else self.fix,
                )


def check_cohort(study: Study, slides: dict[str, Slide]) -> None:
    """Raises StudyError where params.yaml asks for slides, pairs or labels that the sheet does not have."""
    primary = primary_stains(slides)
    if len(primary) != 1:
        raise StudyError(
            f"one stain is to be the primary one; it could be {' or '.join(sorted(primary)) or 'none: no slides'}",
            where="data/slides.csv: paired_with",
            fix="register every other stain to one of them" if primary else "list the slides",
        )
    stain = primary.pop()
    _stain(stain, "data/slides.csv: the primary stain", slides, BOTH).check()
    for need in (*_translators(study, slides), *_arms(study, slides, stain), *_tasks(study, slides, stain)):
        need.check()
    _check_reference(study, slides)
    _check_coordinates(study.tile.coordinates, slides)


def _translators(study: Study, slides: dict[str, Slide]) -> Iterator[Need]:
    for name, spec in study.translate.items():
        where = f"params.yaml: translate.{name}"
        for end in ("source", "target"):
            yield _stain(getattr(spec, end), f"{where}.{end}", slides, ("train",))
        if spec.pairing == "paired":
            yield _pair(spec.source, spec.target, f"{where}.pairing", slides, ("train",))


def _arms(study: Study, slides: dict[str, Slide], primary: str) -> Iterator[Need]:
    for name, arm in study.pretrain.arms.items():
        translator = study.translate.get(arm.privileged or "")
        if translator and translator.source != primary:
            raise StudyError(
                f"{arm.privileged!r} translates {translator.source!r}, and encoders learn from {primary!r}",
                where=f"params.yaml: pretrain.arms.{name}.privileged",
                fix=f"use a translator whose source is {primary!r}",
            )
        for key, stain in (("only_with", arm.only_with), ("privileged", real_stain(arm))):
            if stain is not None:
                yield _pair(primary, stain, f"params.yaml: pretrain.arms.{name}.{key}", slides, ("train",))


def _tasks(study: Study, slides: dict[str, Slide], primary: str) -> Iterator[Need]:
    for name, task in study.evaluate.tasks.items():
        where = f"params.yaml: evaluate.tasks.{name}"
        if task.kind == "stain" and task.stain is not None:
            yield _pair(primary, task.stain, f"{where}.stain", slides, BOTH)
        if task.kind == "annotation":
            labelled = [s for s in slides.values() if s.stain == primary and (s.label or s.annotations)]
            fix = f"fill label or annotations of {primary} slides in data/slides.csv"
            yield Need(f"labelled slide of stain {primary!r}", where, labelled, BOTH, fix)


def _stain(stain: str, where: str, slides: dict[str, Slide], splits: tuple[str, ...]) -> Need:
    found = [slide for slide in slides.values() if slide.stain == stain]
    fix = f"its stains are: {_listed(slide.stain for slide in slides.values())}; mend the stain column or the key"
    return Need(f"slide of stain {stain!r}", where, found, splits, fix)


def _pair(source: str, target: str, where: str, slides: dict[str, Slide], splits: tuple[str, ...]) -> Need:
    pairs = [(slides[s.paired_with].stain, s) for s in slides.values() if s.paired_with]
    found = [slide for stain, slide in pairs if (stain, slide.stain) == (source, target)]
    known = _listed(f"{slide.stain} to {stain}" for stain, slide in pairs)
    fix = f"fill paired_with in data/slides.csv; registered are: {known}"
    return Need(f"slide of stain {target!r} with paired_with a slide of stain {source!r}", where, found, splits, fix)


def _check_reference(study: Study, slides: dict[str, Slide]) -> None:
    reference, stains = study.normalize.reference, study.normalize.stains
    usable = [name for name, slide in slides.items() if slide.stain in stains and slide.split == "train"]
    if reference == "auto" and study.normalize.method != "none":
        those = [slide for slide in slides.values() if slide.stain in stains]
        fix = f"its stains are: {_listed(slide.stain for slide in slides.values())}; mend the column or the key"
        Need(f"slide of a stain in {stains}", "params.yaml: normalize.stains", those, ("train",), fix).check()
    if reference != "auto" and reference not in usable:
        found = f"a {slides[reference].split} slide of {slides[reference].stain}" if reference in slides else "no slide"
        raise StudyError(
            f"the reference must be a training slide of {_listed(stains)}; {reference!r} is {found}",
            where="params.yaml: normalize.reference",
            fix=f"'auto', or one of: {_listed(usable)}",
        )


def _check_coordinates(folder: str, slides: dict[str, Slide]) -> None:
    where = "params.yaml: tile.coordinates"
    if folder and not Path(folder).is_dir():
        raise StudyError(f"no folder {folder!r}", where=where, fix="mend the path, or remove the key")
    own = [name for name, slide in slides.items() if not slide.paired_with]
    if folder and not any(coordinates_of(folder, name) for name in own):
        raise StudyError(
            f"{folder!r} holds coordinates of none of the slides, such as {own[0]}_patches.h5 or {own[0]}.h5",
            where=where,
            fix="name the folder that holds these files; they are named after the column 'slide_id'",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))[:20]) or "none"
