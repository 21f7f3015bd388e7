"""How a study normalises a slide."""

from pathlib import Path

from pipeline.commands.apply.change import NORMALIZE, SlideChange
from pipeline.commands.apply.named import NamedSlide
from pipeline.commands.embed.slide import RawSlide
from pipeline.core.errors import ProductError, SlideError, StudyError
from pipeline.core.files import Json
from pipeline.core.manifests.card import Preparation
from pipeline.core.manifests.slides import FitManifest, NormalizedManifest, ReferenceManifest
from pipeline.core.seeds import derive
from pipeline.normalize.normalizer import FittedNormalizer, Normalizer, fell_back, load_normalizer, usable
from pipeline.normalize.sample import sample_pixels
from pipeline.study import normalize
from pipeline.study.normalize import METHODS
from pipeline.study.preparation import preparation
from pipeline.study.study import Study

FINER = 1e-6  # of a slide's own resolution: rounding


def normalized_slide(study: Study, named: NamedSlide, mpp: float | None, threads: int) -> SlideChange:
    """The slide as the study normalises it, or as it is where the study leaves it so."""
    tiling = Preparation.model_validate({**preparation(study, named.slide.stain), "staining": None})
    if is_left(study, named):
        return SlideChange(RawSlide.open(named.slide, tiling, threads), lambda tiles, _: tiles, single=True)
    normalizer = _load(study)
    if isinstance(normalizer, FittedNormalizer):
        target = ReferenceManifest.read(normalize.REFERENCE.manifest())
        _check_method(study, target, normalize.REFERENCE.manifest())
        raw = RawSlide.open(named.slide, tiling, threads)
        _check_finer(raw, mpp)
        fit = usable(_fit(study, named, normalizer, raw), target.fit)
        colours, told = normalizer.change(fit, target.fit), f"{study.normalize.method}, to the stain of {target.slide}"
        if fell_back(fit):
            told += "; its pixels tell no two stains apart, and it is taken for one of the reference's"
        return SlideChange(raw, lambda tiles, _: colours(tiles), single=True, told=told)
    check_learned(study, mpp)
    learned = normalizer.change({}, {})
    raw, told = RawSlide.open(named.slide, tiling, threads), f"{study.normalize.method}, as it was trained"
    return SlideChange(raw, lambda tiles, _: learned(tiles), single=False, told=told)


def is_left(study: Study, named: NamedSlide) -> bool:
    """Whether the study leaves the slide as it is: by its stain, or as it has left it."""
    section, path = study.normalize, normalize.SLIDE.manifest(named.slide.slide_id)
    if not METHODS[section.method].code or named.slide.stain not in section.stains:
        return True
    if not named.known or not path.is_file():
        return False
    made = NormalizedManifest.read(path)
    return made.status == "complete" and not made.normalized


def check_learned(study: Study, mpp: float | None) -> None:
    """Raises StudyError where another resolution is asked for than that of the tiles that were learned from."""
    if mpp is not None and mpp != study.tile.mpp:
        message = f"it was learned at {study.tile.mpp:g} µm/px, {mpp:g} is asked for"
        raise StudyError(message, where="--mpp", fix="leave the option out")


def _check_finer(raw: RawSlide, mpp: float | None) -> None:
    """Raises SlideError where the slide has no such resolution."""
    if mpp is not None and mpp < raw.level0.mpp * (1 - FINER):
        message = f"the slide has {raw.level0.mpp:g} µm/px, {mpp:g} is asked for"
        raise SlideError(message, where=str(raw.image.path), fix=f"--mpp {raw.level0.mpp:g} or more, or leave it out")


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
