"""What is asked of translators that generate: classes with names, and slides whose nuclei are labelled."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.slides.slide import Slide
from pipeline.study.need import Need, Slides
from pipeline.study.stains import classes_of, kind_of
from pipeline.study.tile import has_instances
from pipeline.study.translator_method import TranslatorMethod

if TYPE_CHECKING:
    from pipeline.study.study import Study
    from pipeline.study.translate import Translator

OF_SOURCE = ("source", "pairing", "pairs")  # keys that mean nothing without a source


def mask_stain(section: "Translator", method: TranslatorMethod) -> str:
    """The stain whose masks a generator learns from."""
    (end,) = method.labelled()
    stain: str = getattr(section, end)
    return stain


def names_of_classes(study: "Study", stain: str) -> tuple[str, ...]:
    """Names of the ids 1, 2 and so on of a mask stain of the study; none where they are not known."""
    return classes_of(stain, study.stains, simulated=study.tile.phantom is not None)


def spec_of_generator(study: "Study", section: "Translator", method: TranslatorMethod) -> Json:
    """What the job of a generator is told beside what every translator is."""
    unread = dict.fromkeys(OF_SOURCE) if "source" not in method.ends else {}
    return {
        **unread,
        "reads": {name: list(place) for name, place in method.reads.items()},
        "classes": list(names_of_classes(study, mask_stain(section, method))),
    }


def check_generator(
    study: "Study", section: "Translator", method: TranslatorMethod, where: str
) -> Iterator[StudyError]:
    """Keys that have no effect on a generator, and masks whose classes have no names."""
    for key in OF_SOURCE if "source" not in method.ends else ():
        if key in section.model_fields_set:
            text = f"{key!r} has no effect on {section.method!r}, which reads no source"
            yield StudyError(text, where=f"{where}.{key}", fix="remove it")
    for end in method.labelled():
        yield from check_masks(study, getattr(section, end), f"{section.method!r} learns", f"{where}.{end}")


def check_masks(study: "Study", stain: str, who: str, where: str) -> Iterator[StudyError]:
    """A stain that is no mask, or whose classes have no names; ``who`` learns from it, in words."""
    kind = kind_of(stain, study.stains)
    if kind != "mask":
        text = f"{who} from masks, and {stain!r} is of kind {kind!r}"
        yield StudyError(text, where=where, fix=f"name a stain of kind mask, or set stains.{stain}.kind: mask")
    elif not names_of_classes(study, stain):
        fix = f"add stains.{stain}.classes: [name of id 1, name of id 2, ...]"
        yield StudyError(f"the classes of {stain!r} have no names", where=where, fix=fix)


def check_labelled(
    study: "Study", section: "Translator", method: TranslatorMethod, where: str, slides: Slides
) -> Iterator[StudyError]:
    """Whether a generator finds training slides whose nuclei are labelled, registered ones where it reads pairs."""
    for end in method.labelled():
        stain = getattr(section, end)
        other = (section.target if end == "source" else section.source) if len(method.ends) > 1 else None
        found = labelled_slides(study, slides, stain, other)
        what = f"slide of stain {stain!r} with labelled nuclei"
        if other:
            what = f"{what}, registered to one of stain {other!r}"
        fix = f"give the sheet label files of stain {stain!r} (docs/labels.md), or simulate the cohort (tile.phantom)"
        yield from Need(what, f"{where}.{end}", found, ("train",), fix).check()


def labelled_slides(study: "Study", slides: Slides, stain: str, other: str | None = None) -> list[Slide]:
    """Slides of a mask stain that are cut with labels; with ``other``, those registered to one of it, either way."""
    found = [slide for slide in slides.values() if slide.stain == stain and has_instances(study, slide)]
    if other is None:
        return found
    of_other = {name for name, slide in slides.items() if slide.stain == other}
    partners = {slide.paired_with for slide in slides.values() if slide.stain == other}
    return [slide for slide in found if slide.paired_with in of_other or slide.slide_id in partners]
