"""What was done to slides before an encoder saw them: its card says it, or the command line."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.preparation import prepared
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.manifests.card import CARD, Card, Preparation, Staining, Tiling
from pipeline.core.networks.inspection import Facts
from pipeline.core.networks.place import find_place
from pipeline.study import normalize
from pipeline.study.normalize import METHODS
from pipeline.study.preparation import preparation
from pipeline.study.study import PARAMS, load_study

NONE, STAIN, RGB = "none", "HE", 3


@dataclass(frozen=True)
class Asked:
    """What the command line says of the slides.

    Args:
        mpp: µm per pixel of a tile.
        size: Side of a tile, its own pixels.
        stride: From tile to tile.
        normalize: A folder with a card, or of a study, whose slides were prepared alike; or NONE.
    """

    mpp: float | None = None
    size: int | None = None
    stride: int | None = None
    normalize: str | None = None


def find_preparation(place: Path, asked: Asked) -> Preparation:
    """That of an encoder's card, else what is asked for.

    Args:
        place: Folder of the encoder.
        asked: Of an encoder with a card, another stride at most.

    Raises:
        StudyError: Too much is asked for, or too little.
        ProductError: The card is not of this version or of these weights, or names no normaliser of this version.
    """
    folder = place if place.is_dir() else place.parent
    if not (folder / CARD).is_file():
        return _asked_for(folder, asked)
    if asked.mpp or asked.size or asked.normalize:
        where = f"--mpp, --size, --normalize; {folder / CARD}"
        raise StudyError("the encoder's card says how slides are prepared", where=where, fix="leave these options out")
    found = strided(read_preparation(folder), asked.stride)
    Card.read(folder / CARD).require(find_place(place).weights, folder)
    return found


def check_fit(facts: Facts, size: int) -> None:
    """Raises StudyError where an encoder does not take 8-bit RGB tiles of ``size`` pixels a side."""
    if facts.channels != RGB:
        message = f"the encoder takes images of {facts.channels} channels, tiles of slides have {RGB}"
        raise StudyError(message, where="--encoder", fix="use an encoder of RGB images")
    if size % facts.multiple:
        near = max(1, round(size / facts.multiple)) * facts.multiple
        fix = f"--size {near}, or a preprocessor_config.json that resizes them"
        message = f"the encoder takes tiles of a multiple of {facts.multiple} px, these have {size}"
        raise StudyError(message, where="--size", fix=fix)


def cautions(tiling: Tiling) -> list[str]:
    """In what tiles cut from a slide alone differ from those that the encoder learned from."""
    classes = ", ".join(tiling.within)
    found = [f"it learned from tiles inside {classes} alone; here all tissue is cut"] if classes else []
    if tiling.coordinates:
        found.append("it learned from tiles that another tool had placed; here they lie on a grid of their own")
    return found


def read_preparation(place: Path) -> Preparation:
    """That of the card in a folder; raises ProductError."""
    found = Card.read(place / CARD).preparation
    if found.staining:
        check_staining(found.staining, place)
    return found


def check_staining(staining: Staining, place: Path) -> None:
    """Raises ProductError where this version has no such normaliser, one with other options, or one to be trained."""
    method = METHODS.get(staining.method)
    where, fix = str(place / CARD), "take the version of this package that the encoder was trained with"
    if method and method.learner:
        message = f"normaliser {staining.method!r} was trained on the slides of its study, and no card holds it"
        raise ProductError(message, where=where, fix="embed slides with an encoder of another normaliser")
    if method is None or not method.fits:
        raise ProductError(f"no normaliser {staining.method!r}", where=where, fix=fix)
    try:
        method.filled(staining.options)
    except ValidationError as error:
        raise ProductError(
            f"other options of {staining.method!r}: {error.errors()[0]['msg']}", where=where, fix=fix
        ) from None


def _asked_for(place: Path, asked: Asked) -> Preparation:
    """Tiles as they are asked for, in the colours of another encoder or study."""
    if asked.normalize and asked.normalize != NONE:
        like = _alike(Path(asked.normalize))
        changed = {key: value for key in ("mpp", "size") if (value := getattr(asked, key))}
        side = asked.size if like.tiling.stride == like.tiling.size else None  # edge to edge, as theirs
        tiling = like.tiling.model_copy(update=changed)
        return strided(like.model_copy(update={"tiling": tiling}), asked.stride or side)
    if not (asked.normalize and asked.mpp and asked.size):
        raise StudyError(
            f"no {CARD} says how the slides of this encoder were prepared",
            where=str(place),
            fix=f"give --mpp and --size of its tiles and --normalize {NONE}; or --normalize FOLDER, of a study or an "
            "encoder whose slides were prepared alike",
        )
    return Preparation(stain=STAIN, tiling=Tiling(mpp=asked.mpp, size=asked.size, stride=asked.stride or asked.size))


def strided(found: Preparation, stride: int | None) -> Preparation:
    """The same with another stride, if one is asked for."""
    tiling = found.tiling.model_copy(update={"stride": stride or found.tiling.stride})
    return found.model_copy(update={"tiling": tiling})


def _alike(place: Path) -> Preparation:
    """That of a folder with a card, or of a study."""
    if (place / CARD).is_file():
        return read_preparation(place)
    if not (place / PARAMS).is_file():
        fix = f"'{NONE}', a folder with {CARD}, or one with {PARAMS}"
        raise StudyError(f"neither an encoder nor a study: {place}", where="--normalize", fix=fix)
    study, index = load_study(place / PARAMS), place / normalize.INDEX.manifest()
    if study.folds:
        fix = f"name an encoder of it, such as {place}/models/encoders/fold-0/ARM/SEED"
        raise StudyError("the slides of a study with folds are normalised in each alone", where="--normalize", fix=fix)
    return prepared(preparation(study, Cohort.read(index).primary), index)
