"""Mistakes in synthetic cohorts, told before any job starts."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.study.cohorts import COHORT, JOIN, REAL, RULES, SyntheticCohort
from pipeline.study.generators import names_of_classes
from pipeline.study.need import Slides
from pipeline.study.rule import check_name
from pipeline.study.stains import kind_of
from pipeline.study.translate import METHODS, Translator

if TYPE_CHECKING:
    from pipeline.study.study import Study


def check_cohorts(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the section of cohorts."""
    for name, section in study.synthesize.cohorts.items():
        where = f"synthesize.cohorts.{name}"
        yield from check_name(name, "cohort", COHORT, RULES, where)
        if name == REAL:
            yield StudyError(f"name {name!r} is taken by the pipeline", where=where, fix="rename it")
        painter = _translator(study, section.painter, "tiles")
        if painter is None:
            yield _no_generator(study, section.painter, "tiles", f"{where}.painter")
        elif kind_of(painter.target, study.stains) != "light":
            kind = kind_of(painter.target, study.stains)
            text = f"{section.painter!r} paints {painter.target!r}, which is of kind {kind!r}"
            yield StudyError(text, where=f"{where}.painter", fix="name one that paints a stain of kind light")
        yield from _check_masks(study, section, painter, where)
        yield from _check_tiles(section, where)
        if painter is not None:
            yield from _check_types(section, names_of_classes(study, painter.source), f"{where}.types")
            yield from _check_steps(study, section, where)


def _translator(study: "Study", name: str, makes: str) -> Translator | None:
    """The translator of a name, if it is one that makes this."""
    found = study.translate.get(name)
    return found if found and found.method in METHODS and METHODS[found.method].makes == makes else None


def _no_generator(study: "Study", name: str, makes: str, where: str, also: str = "") -> StudyError:
    able = [other for other in study.translate if _translator(study, other, makes)]
    methods = ", ".join(key for key, method in METHODS.items() if method.makes == makes)
    known = ", ".join([*able, *([also] if also else [])])
    fix = f"choose one of: {known}" if known else f"add one under translate; methods: {methods}"
    what = "paints tiles for masks" if makes == "tiles" else "makes masks"
    return StudyError(f"{name!r} is no translator that {what}", where=where, fix=fix)


def _check_masks(
    study: "Study", section: SyntheticCohort, painter: Translator | None, where: str
) -> Iterator[StudyError]:
    """Where its masks come from."""
    if section.masks == REAL:
        return
    maker = _translator(study, section.masks, "masks")
    if maker is None:
        yield _no_generator(study, section.masks, "masks", f"{where}.masks", REAL)
    elif painter is not None and maker.target != painter.source:
        text = (
            f"{section.masks!r} makes masks of {maker.target!r}, and {section.painter!r} paints for {painter.source!r}"
        )
        yield StudyError(text, where=f"{where}.masks", fix="name one of the same stain")


def _check_tiles(section: SyntheticCohort, where: str) -> Iterator[StudyError]:
    """Whether it is said once how many tiles there are to be."""
    if section.types is not None and not section.types:
        fix = "name one set of classes at least, or write auto"
        yield StudyError("it is empty", where=f"{where}.types", fix=fix)
    elif section.types is None and section.tiles is None:
        fix = "add tiles, or say under types how many are to show what"
        yield StudyError("it is missing", where=f"{where}.tiles", fix=fix)
    elif section.tiles not in (None, section.count):
        text = f"{section.tiles} tiles, and types come to {section.count}"
        yield StudyError(text, where=f"{where}.tiles", fix=f"remove it, or set it to {section.count}")


def _check_types(section: SyntheticCohort, classes: tuple[str, ...], where: str) -> Iterator[StudyError]:
    """Classes that the masks do not have, and sets that are asked for twice."""
    types = section.types or {}
    for key in types:
        names = key.split(JOIN)
        unknown = [name for name in names if name not in classes]
        if unknown and classes:
            fix = f"classes: {', '.join(classes)}; several are joined by '+'"
            yield StudyError(f"no class {unknown[0]!r}", where=f"{where}.{key}", fix=fix)
        elif len(set(names)) < len(names):
            yield StudyError("a class occurs twice", where=f"{where}.{key}", fix="name it once")
    times = Counter(frozenset(key.split(JOIN)) for key in types)
    twice = next((key for key in types if times[frozenset(key.split(JOIN))] > 1), None)
    if twice:
        yield StudyError(
            "the same classes are asked for twice", where=f"{where}.{twice}", fix="add them up in one line"
        )


def _check_steps(study: "Study", section: SyntheticCohort, where: str) -> Iterator[StudyError]:
    """More steps than a generator learned."""
    for name in (section.painter, section.masks):
        own = study.translate.get(name)
        learned = learned_steps(own) if own else None
        if section.steps and learned and section.steps > learned:
            text = f"{section.steps} steps, and {name!r} learned {learned}"
            yield StudyError(text, where=f"{where}.steps", fix=f"{learned} at most, or leave it out")


def learned_steps(section: Translator) -> int | None:
    """The steps of its diffusion; None where its options do not say, or are wrong, which is told elsewhere."""
    method = METHODS.get(section.method)
    field = method.options.model_fields.get("diffusion_steps") if method else None
    if field is None:
        return None
    found = section.options.get("diffusion_steps", field.default)
    return found if isinstance(found, int) else None


def check_clashes(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Painted slides and patients that are called as those of the sheet are."""
    patients = {slide.patient_id for slide in slides.values()}
    for name, section in study.synthesize.cohorts.items():
        painter = study.translate[section.painter]
        people = [f"{name}-{part}" for part in section.parts()]
        made = [f"{person}-{stain}" for person in people for stain in (painter.target, painter.source)]
        taken = [*(slide for slide in made if slide in slides), *(person for person in people if person in patients)]
        if taken:
            text = f"the slide sheet has a slide or patient {taken[0]!r} already"
            yield StudyError(text, where=f"params.yaml: synthesize.cohorts.{name}", fix="rename the cohort")
