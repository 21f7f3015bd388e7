"""What a study does to a slide, found in the study's folder."""

from collections.abc import Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.commands.apply.change import NORMALIZE, Asked, Numbered, SlideChange
from pipeline.commands.apply.named import named_slide
from pipeline.commands.apply.normalizer import check_learned, is_left, normalized_slide
from pipeline.core.errors import SlideError, StudyError
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.study import translate
from pipeline.study.normalize import METHODS
from pipeline.study.study import PARAMS, Study, load_study

if TYPE_CHECKING:
    from pipeline.commands.apply.denoised import Diffusion
    from pipeline.core.translation.translator import Translator


def names_segmenter(change: str, study: Path) -> bool:
    """Whether the study in a folder has a segmenter of this name; not where there is no study.

    Raises:
        StudyError: Its params.yaml is wrong; so it is where a translator bears the same name.
    """
    if not (study / PARAMS).is_file():
        return False
    with chdir(study):
        return change in load_study(PARAMS).segment.arms


def find_change(asked: Asked, threads: int) -> SlideChange:
    """What the study in the current folder does to a slide.

    Args:
        asked: What is asked for.
        threads: Tiles decoded at once, where the slide's own stain is to be found.

    Raises:
        StudyError: There is no study, it knows no such change, it has folds, or the resolution is not to be chosen.
        ProductError: What is needed was not made yet, or otherwise.
        SheetError: There is no such slide, or several.
        SlideError: It cannot be read, has no tissue, is made of several images, is of another stain or too coarse.
    """
    study = whole_study()
    if asked.change == NORMALIZE:
        if not METHODS[study.normalize.method].code or not study.normalize.stains:
            fix = "name a method and stains there, then run 'snakemake --cores all'"
            raise StudyError("the study normalises nothing", where="params.yaml: normalize", fix=fix)
        named = named_slide(asked.slide, study.normalize.stains, asked.slide_mpp)
        if is_left(study, named):
            fix = "use it as it is"
            raise SlideError("the study changes nothing of this slide", where=str(asked.slide), fix=fix)
        return normalized_slide(study, named, asked.mpp, threads)
    _check_translator(study, asked.change, asked.repeat)
    check_learned(study, asked.mpp)
    manifest, translator = find_translator(study, asked.change, asked.repeat)
    named = named_slide(asked.slide, [manifest.source], asked.slide_mpp)
    found = normalized_slide(study, named, None, threads)
    if diffusion := _diffusion(study.seed, manifest, translator, found):
        return replace(found, single=False, diffusion=diffusion)
    return replace(found, single=False, change=translated(study.seed, manifest, translator, found))


def whole_study() -> Study:
    """The study in the current folder; raises StudyError where there is none, or it has folds."""
    study = load_study(PARAMS)
    if study.folds:
        message, fix = "every fold has networks of its own", "name a study without folds"
        raise StudyError(message, where="--study", fix=fix)
    return study


def find_translator(study: Study, name: str, repeat: int) -> "tuple[TranslatorManifest, Translator]":
    """A trained translator of the study; raises ProductError where it was not trained, StudyError where it is not for
    slides of 8-bit RGB.
    """
    from pipeline.core.translation.translator import Translator  # PyTorch, which a map of colours does without

    manifest = TranslatorManifest.read(translate.TRAIN.manifest(name, str(repeat)))
    translator = Translator.load(manifest.folder)
    _check_pixels(translator, name)
    return manifest, translator


def _check_translator(study: Study, name: str, repeat: int) -> None:
    """Raises StudyError where there is no such translator, or no such repeat of it."""
    known = translate.view_makers(study)
    if name not in known:
        fix = f"one of: {', '.join([NORMALIZE, *known, *study.segment.arms])}"
        what = f"{name!r} paints no slide" if name in study.translate else f"the study has no translator {name!r}"
        raise StudyError(what, where="CHANGE", fix=fix)
    repeats = translate.repeats_of(study.translate[name])
    if str(repeat) not in repeats:
        raise StudyError(f"{name!r} has no repeat {repeat}", where="--repeat", fix=f"one of: {', '.join(repeats)}")


def _check_pixels(translator: "Translator", name: str) -> None:
    """Raises StudyError where a translator reads or makes what is no 8-bit RGB, of which slides are written."""
    from pipeline.core.translation.pixels import RGB

    for verb, pixels in (("reads", translator.source), ("makes", translator.target)):
        if pixels != RGB:
            raise StudyError(
                f"{name!r} {verb} pixels of {pixels.dtype} and {pixels.channels} channels, slides have 8-bit RGB here",
                where="CHANGE",
                fix="take its views of tiles, from data/privileged",
            )


def _diffusion(
    seed: int, manifest: TranslatorManifest, translator: "Translator", found: SlideChange
) -> "Diffusion | None":
    """The translator as what it is, where it is a diffusion."""
    from pipeline.commands.apply.denoised import Diffusion
    from pipeline.core.networks.adversarial_diffusion import AdversarialDiffusion

    if not isinstance(translator.network, AdversarialDiffusion):
        return None
    purpose = "apply", manifest.translator, manifest.repeat, found.raw.name
    return Diffusion(translator.network, translator.device, seed, purpose)


def translated(seed: int, manifest: TranslatorManifest, translator: "Translator", found: SlideChange) -> Numbered:
    """The translator, after what normalises the slide; its noise depends on the place of a window."""
    from pipeline.core.translation.noise import tile_seeds

    def change(windows: np.ndarray, numbers: Sequence[int]) -> np.ndarray:
        purpose = "apply", manifest.translator, manifest.repeat, found.raw.name
        return translator(found.change(windows, numbers), tile_seeds(seed, *purpose, rows=numbers))

    return change
