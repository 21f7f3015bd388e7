"""What a segmenter of a study finds in a slide, found in the study's folder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.commands.apply.change import Asked, SlideChange
from pipeline.commands.apply.lookup import find_translator, translated, whole_study
from pipeline.commands.apply.named import named_slide
from pipeline.commands.apply.normalizer import check_learned, normalized_slide
from pipeline.core.errors import StudyError
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.segmentation.network import SegmentationNetwork
from pipeline.core.segmentation.segmenter import Segmenter
from pipeline.core.translation.pixels import RGB
from pipeline.study import segment, translate
from pipeline.study.study import Study


@dataclass(frozen=True)
class Segmented:
    """A slide, and what is found in it.

    Args:
        slide: Its change is from windows to maps: float32 (tile, y, x, k).
        network: Knows the labels of maps.
        classes: Names of the ids 1, 2 and so on.
    """

    slide: SlideChange
    network: SegmentationNetwork
    classes: tuple[str, ...]


def find_segmenter(asked: Asked, threads: int) -> Segmented:
    """What a segmenter of the study in the current folder is shown of a slide.

    That is what it is shown when it is scored: the slide as the study normalises it, and where its arm has
    ``test_through``, views by that translator.

    Args:
        asked: For a segmenter; its ``repeat`` is a place in the study's seeds.
        threads: Tiles decoded at once, where the slide's own stain is to be found.

    Raises:
        StudyError: There is no such repeat, the study has folds, or the resolution is not to be chosen.
        ProductError: What is needed was not made yet, or otherwise.
        SheetError: There is no such slide, or several.
        SlideError: It cannot be read, has no tissue, is made of several images, is of another stain or too coarse.
    """
    study = whole_study()
    arm, seed = study.segment.arms[asked.change], _seed(study, asked.repeat)
    check_learned(study, asked.mpp)
    manifest = SegmenterManifest.read(segment.TRAIN.manifest(asked.change, str(seed)))
    segmenter = Segmenter.load(manifest.folder)
    _check_channels(segmenter, asked.change)
    told, through = f"{asked.change}, seed {seed}", arm.test_through
    if not through:
        found = normalized_slide(study, named_slide(asked.slide, [manifest.reads], asked.slide_mpp), None, threads)
    else:
        repeat = int(translate.repeat_of(study.translate[through], asked.repeat))
        own, translator = find_translator(study, through, repeat)
        named = named_slide(asked.slide, [own.source, manifest.reads], asked.slide_mpp)
        found = normalized_slide(study, named, None, threads)
        if named.slide.stain == own.source:
            found = replace(found, change=translated(study.seed, own, translator, found))
            told += f", of views by {through}"

    def maps(windows: np.ndarray, numbers: Sequence[int]) -> np.ndarray:
        return np.moveaxis(segmenter.maps(found.change(windows, numbers)), 1, -1)

    told = "; ".join(filter(None, (told, found.told)))  # of a stain that was not found, too
    return Segmented(SlideChange(found.raw, maps, single=False, told=told), segmenter.network, manifest.classes)


def _seed(study: Study, repeat: int) -> int:
    """The study's at a place; raises StudyError where there are fewer."""
    seeds = study.segment.seeds
    if repeat >= len(seeds):
        fix = "one of: " + ", ".join(f"{place} (seed {seed})" for place, seed in enumerate(seeds))
        raise StudyError(f"segmenters have no repeat {repeat}", where="--repeat", fix=fix)
    return seeds[repeat]


def _check_channels(segmenter: Segmenter, name: str) -> None:
    """Raises StudyError where a segmenter reads other images than slides are read as here."""
    if segmenter.channels != RGB.channels:
        message = f"{name!r} reads {segmenter.channels} channels, slides have 8-bit RGB here"
        raise StudyError(message, where="CHANGE", fix="name a segmenter of such slides")
