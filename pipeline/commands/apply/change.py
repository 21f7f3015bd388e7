"""What a study does to a slide, found in the study's folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.commands.apply.named import NamedSlide, named_slide
from pipeline.commands.embed.slide import RawSlide
from pipeline.core.errors import ProductError, SlideError, StudyError
from pipeline.core.files import Json
from pipeline.core.manifests.card import Preparation
from pipeline.core.manifests.slides import FitManifest, NormalizedManifest, ReferenceManifest
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.seeds import derive
from pipeline.normalize.normalizer import FittedNormalizer, Normalizer, load_normalizer, usable
from pipeline.normalize.sample import sample_pixels
from pipeline.study import normalize, translate
from pipeline.study.normalize import METHODS
from pipeline.study.preparation import preparation
from pipeline.study.study import PARAMS, Study, load_study

NORMALIZE = "normalize"
FINER = 1e-6  # of a slide's own resolution: rounding
# tiles, uint8 (tile, y, x, 3) both, and their numbers, counted row by row; what becomes of a tile depends on both alone
Numbered = Callable[[np.ndarray, Sequence[int]], np.ndarray]


@dataclass(frozen=True)
class Asked:
    """What the command line asks for.

    Args:
        change: NORMALIZE, or a translator.
        slide: A file, or a folder of one DICOM slide; absolute.
        repeat: Of the translator.
        slide_mpp: µm per level-0 pixel, whatever the file says; one of the sheet counts more.
        mpp: µm per pixel of the result; None as the method has it.
    """

    change: str
    slide: Path
    repeat: int = 0
    slide_mpp: float | None = None
    mpp: float | None = None


@dataclass(frozen=True)
class SlideChange:
    """A slide, and what is done to it.

    Args:
        raw: The slide; its tiles are those of the study.
        change: Of its tiles.
        single: It maps single colours, for which any resolution and size of tiles will do.
    """

    raw: RawSlide
    change: Numbered
    single: bool


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
    study = load_study(PARAMS)
    if study.folds:
        message, fix = "every fold has a normaliser and translators of its own", "name a study without folds"
        raise StudyError(message, where="--study", fix=fix)
    if asked.change == NORMALIZE:
        if not METHODS[study.normalize.method].code or not study.normalize.stains:
            fix = "name a method and stains there, then run 'snakemake --cores all'"
            raise StudyError("the study normalises nothing", where="params.yaml: normalize", fix=fix)
        named = named_slide(asked.slide, study.normalize.stains, asked.slide_mpp)
        if _is_left(study, named):
            fix = "use it as it is"
            raise SlideError("the study changes nothing of this slide", where=str(asked.slide), fix=fix)
        return _normalized(study, named, asked.mpp, threads)
    _check_translator(study, asked.change, asked.repeat)
    _check_learned(study, asked.mpp)
    manifest = TranslatorManifest.read(translate.TRAIN.manifest(asked.change, str(asked.repeat)))
    found = _normalized(study, named_slide(asked.slide, [manifest.source], asked.slide_mpp), None, threads)
    return SlideChange(found.raw, _translated(study.seed, manifest, found), single=False)


def _check_translator(study: Study, name: str, repeat: int) -> None:
    """Raises StudyError where there is no such translator, or no such repeat of it."""
    if name not in study.translate:
        fix = f"one of: {', '.join([NORMALIZE, *study.translate])}"
        raise StudyError(f"the study has no translator {name!r}", where="CHANGE", fix=fix)
    repeats = translate.repeats_of(study.translate[name])
    if str(repeat) not in repeats:
        raise StudyError(f"{name!r} has no repeat {repeat}", where="--repeat", fix=f"one of: {', '.join(repeats)}")


def _check_learned(study: Study, mpp: float | None) -> None:
    """Raises StudyError where another resolution is asked for than that of the tiles that were learned from."""
    if mpp is not None and mpp != study.tile.mpp:
        message = f"it was learned at {study.tile.mpp:g} µm/px, {mpp:g} is asked for"
        raise StudyError(message, where="--mpp", fix="leave the option out")


def _check_finer(raw: RawSlide, mpp: float | None) -> None:
    """Raises SlideError where the slide has no such resolution."""
    if mpp is not None and mpp < raw.level0.mpp * (1 - FINER):
        message = f"the slide has {raw.level0.mpp:g} µm/px, {mpp:g} is asked for"
        raise SlideError(message, where=str(raw.image.path), fix=f"--mpp {raw.level0.mpp:g} or more, or leave it out")


def _translated(seed: int, manifest: TranslatorManifest, found: SlideChange) -> Numbered:
    """The translator, after what normalises the slide."""
    from pipeline.core.translation.noise import tile_seeds  # PyTorch, which a map of colours does without
    from pipeline.core.translation.translator import Translator

    translator, slide = Translator.load(manifest.folder), found.raw.name

    def translated(windows: np.ndarray, numbers: Sequence[int]) -> np.ndarray:
        seeds = tile_seeds(seed, "apply", manifest.translator, manifest.repeat, slide, rows=numbers)
        return translator(found.change(windows, numbers), seeds)

    return translated


def _normalized(study: Study, named: NamedSlide, mpp: float | None, threads: int) -> SlideChange:
    """The slide as the study normalises it, or as it is where the study leaves it so."""
    tiling = Preparation.model_validate({**preparation(study, named.slide.stain), "staining": None})
    if _is_left(study, named):
        return SlideChange(RawSlide.open(named.slide, tiling, threads), lambda tiles, _: tiles, single=True)
    normalizer = _load(study)
    if isinstance(normalizer, FittedNormalizer):
        target = ReferenceManifest.read(normalize.REFERENCE.manifest())
        _check_method(study, target, normalize.REFERENCE.manifest())
        raw = RawSlide.open(named.slide, tiling, threads)
        _check_finer(raw, mpp)
        colours = normalizer.change(usable(_fit(study, named, normalizer, raw), target.fit), target.fit)
        return SlideChange(raw, lambda tiles, _: colours(tiles), single=True)
    _check_learned(study, mpp)
    learned = normalizer.change({}, {})
    return SlideChange(RawSlide.open(named.slide, tiling, threads), lambda tiles, _: learned(tiles), single=False)


def _is_left(study: Study, named: NamedSlide) -> bool:
    """Whether the study leaves the slide as it is: by its stain, or as it has left it."""
    section, path = study.normalize, normalize.SLIDE.manifest(named.slide.slide_id)
    if not METHODS[section.method].code or named.slide.stain not in section.stains:
        return True
    if not named.known or not path.is_file():
        return False
    made = NormalizedManifest.read(path)
    return made.status == "complete" and not made.normalized


def _load(study: Study) -> Normalizer:
    """The study's normaliser as its own jobs load it."""
    section, method = study.normalize, METHODS[study.normalize.method]
    return load_normalizer(
        normalize.SLIDE.job(
            NORMALIZE,
            code={"normalizer": method.code},
            inputs={"model": normalize.TRAIN.manifest() if method.learner else None},
            spec={"method": section.method, "options": method.filled(section.options)},
        )
    )


def _fit(study: Study, named: NamedSlide, normalizer: FittedNormalizer, raw: RawSlide) -> Json | None:
    """The slide's own stain: as the study has found it, else found anew in the same way."""
    path = normalize.FIT.manifest(raw.name)
    if named.known and path.is_file():
        manifest = FitManifest.read(path)
        _check_method(study, manifest, path)
        return manifest.fit
    return normalizer.fit(sample_pixels(raw, seed=derive(study.seed, NORMALIZE, raw.name)))


def _check_method(study: Study, manifest: FitManifest | ReferenceManifest, path: Path) -> None:
    """Raises ProductError where a stain was found by another method than the study names now."""
    if manifest.method != study.normalize.method:
        message = f"a stain as {manifest.method!r} knows it, the study names {study.normalize.method!r}"
        raise ProductError(message, where=str(path), fix="run 'snakemake --cores all' first")
