"""Which slides of the sheet are label files, and how these are read."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.core.errors import StudyError
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.slide import IMAGES, LABELS, Slide
from pipeline.study.stains import SIMULATED, Stain, kind_of

READER = "pipeline.core.slides.label_files:read_labels"
ENDINGS = LABELS - IMAGES  # of files that are no pictures


def labelling_of(slide: Slide, stains: Mapping[str, Stain]) -> Labelling | None:
    """How the files of a slide are read; None where they hold no labels.

    A slide of a stain of kind mask holds labels where the stain says what numbers stand for, where it names classes and
    the files can hold their ids, or where they can be nothing else. Others, white nuclei on black, are pictures.

    Args:
        slide: Of the sheet; not simulated.
        stains: What the study says of stains.
    """
    if kind_of(slide.stain, stains) != "mask":
        return None
    stain = stains.get(slide.stain, Stain(kind="mask"))
    endings = {path.suffix.lower() for path in slide.listed(LABELS | IMAGES) or [Path(slide.path)]}
    if not (stain.values or stain.labels or endings & ENDINGS or (stain.classes and endings <= LABELS)):
        return None
    return Labelling(slide.stain, stain.labels, tuple(stain.classes or ()), stain.values or {}, READER)


def check_labels(slides: Mapping[str, Slide], stains: Mapping[str, Stain]) -> Iterator[StudyError]:
    """Whether every slide of labels has an image to lie in, or a resolution of its own.

    Args:
        slides: That are not simulated.
        stains: What the study says of stains.
    """
    for name, slide in slides.items():
        if labelling_of(slide, stains) and not slide.paired_with and slide.mpp is None:
            yield StudyError(
                f"slide {name!r} holds labels, and nothing says which image they are of",
                where="data/slides.csv: paired_with",
                fix="name the slide_id of that image, or give the labels a resolution: column mpp",
            )


def check_simulated(slides: Mapping[str, Slide], stains: Mapping[str, Stain]) -> Iterator[StudyError]:
    """Whether classes of simulated nuclei, where the study names them, are called what they are.

    Args:
        slides: That are simulated.
        stains: What the study says of stains.
    """
    for stain in sorted({slide.stain for slide in slides.values()} & stains.keys()):
        named = stains[stain].classes
        if named and tuple(named) != SIMULATED:
            yield StudyError(
                f"nuclei of simulated slides are {', '.join(SIMULATED)}, in this order; found {', '.join(named)}",
                where=f"params.yaml: stains.{stain}.classes",
                fix="remove it: these names are known",
            )
