"""What a study asks of its slide sheet, so that no job finds out hours later that it is not there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.core.cohort.primary import primary_stains
from pipeline.core.errors import StudyError
from pipeline.core.slides.slide import Slide

BOTH = ("train", "test")
Slides = Mapping[str, Slide]


@dataclass(frozen=True)
class Need:
    """``where`` asks for one slide of ``found`` in each of ``splits``; ``fix`` helps where there is none in any."""

    what: str
    where: str
    found: list[Slide]
    splits: tuple[str, ...]
    fix: str

    def check(self) -> Iterator[StudyError]:
        """The mistake where a split has no such slide; the first split alone."""
        for split in self.splits:
            if not any(slide.split == split for slide in self.found):
                has = self.found and listed(f"{slide.slide_id} ({slide.split})" for slide in self.found)
                yield StudyError(
                    f"the slide sheet has no {self.what} in the {split} split; it has {has or 'none at all'}",
                    where=self.where,
                    fix=f"fill the split column of data/slides.csv or change tile.test_share; or {self.fix}"
                    if has
                    else f"{self.fix}; or take it out of params.yaml",
                )
                return


def need_primary(slides: Slides, splits: tuple[str, ...]) -> Iterator[StudyError]:
    """One stain that encoders learn from, and slides of it."""
    stains, where = primary_stains(slides), "data/slides.csv: the primary stain"
    if len(stains) == 1:
        yield from need_stain(next(iter(stains)), where, slides, splits).check()
    else:
        yield StudyError(
            f"one stain is to be the primary one; it could be {' or '.join(sorted(stains)) or 'none: no slides'}",
            where="data/slides.csv: paired_with",
            fix="register every other stain to one of them" if stains else "list the slides",
        )


def need_stain(stain: str, where: str, slides: Slides, splits: tuple[str, ...]) -> Need:
    """Slides of a stain."""
    found = [slide for slide in slides.values() if slide.stain == stain]
    fix = f"its stains are: {listed(s.stain for s in slides.values())}; correct the stain column or the key"
    return Need(f"slide of stain {stain!r}", where, found, splits, fix)


def need_pair(source: str, target: str, where: str, slides: Slides, splits: tuple[str, ...]) -> Need:
    """Slides of stain ``target`` that are registered to one of stain ``source``."""
    pairs = [(slides[s.paired_with].stain, s) for s in slides.values() if s.paired_with]
    found = [slide for stain, slide in pairs if (stain, slide.stain) == (source, target)]
    known = listed(f"{slide.stain} to {stain}" for stain, slide in pairs)
    fix = f"fill paired_with in data/slides.csv; registered are: {known}"
    return Need(f"slide of stain {target!r} with paired_with a slide of stain {source!r}", where, found, splits, fix)


def need_patients(count: int, source: str, target: str, where: str, slides: Slides) -> Iterator[StudyError]:
    """``count`` training patients with a slide of ``target`` registered to one of ``source``; none, need_pair tells."""
    having = need_pair(source, target, where, slides, ("train",)).found
    found = sorted({slide.patient_id for slide in having if slide.split == "train"})
    if 0 < len(found) < count:
        yield StudyError(
            f"{count} training patients with a registered slide of {target!r} are asked for; "
            f"the slide sheet has {len(found)}: {listed(found)}",
            where=where,
            fix=f"{len(found)} at most; or fill paired_with in data/slides.csv",
        )


def listed(names: Iterable[str]) -> str:
    """The names, at most twenty, or "none"."""
    return ", ".join(sorted(set(names))[:20]) or "none"
