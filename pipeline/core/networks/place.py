"""Where an encoder lies, and what its files say of it before anything is loaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.architectures import CHANNELS, image_model
from pipeline.core.networks.fit import fit_model, fit_own
from pipeline.core.networks.headers import CONFIG, COPY_AGAIN, WEIGHTS, Shape, pickled, read_shapes
from pipeline.core.networks.preprocessor import FILE, preprocessing

HOME = __package__
NAME = "encoder"  # of our own files
THEIRS, ONE_FILE, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
EXPECTED = (
    "name a folder with encoder.config.json and encoder.safetensors, such as models/encoders/ARM/SEED; "
    "a .safetensors file beside its .config.json; or a folder of save_pretrained with config.json and model.safetensors"
)


@dataclass(frozen=True)
class Place:
    """Files of an encoder.

    Args:
        config: What to build it from.
        weights: Its weights, in one file or in several.
        own: Whether this package wrote them, and not transformers.
    """

    config: Path
    weights: tuple[Path, ...]
    own: bool


@dataclass(frozen=True)
class Facts:
    """What is known of an encoder that is not loaded.

    Args:
        family: ``resnet``, ``vit`` or the ``model_type`` of transformers.
        channels: Of its images.
        multiple: Of which the sides of its images are, in pixels; 1: it takes any.
        code: ``module:attribute`` that loads it by name, for the code of a job.
        files: All that is read to load it.
    """

    family: str
    channels: int
    multiple: int
    code: str
    files: tuple[Path, ...]


def find_place(place: Path) -> Place:
    """The files of an encoder.

    Args:
        place: A folder or a ``.safetensors`` file.

    Raises:
        ProductError: There is none, or only pickled weights.
    """
    folder, name = (place.parent, place.stem) if place.suffix == WEIGHTS else (place, NAME)
    if place.is_file() and place.suffix in PICKLES:
        raise pickled(place)
    own = folder / f"{name}{CONFIG}"
    if own.is_file():
        return Place(own, (folder / f"{name}{WEIGHTS}",), own=True)
    theirs = folder / THEIRS
    if theirs.is_file() and (place == folder or place.name == ONE_FILE):
        return Place(theirs, _parts(folder), own=False)
    if not place.exists():
        raise ProductError("no encoder: there is no such file or folder", where=str(place), fix=EXPECTED)
    for path in sorted(folder.iterdir()) if place.is_dir() else ():
        if path.suffix in PICKLES:
            raise pickled(path)
    raise ProductError("no encoder: there is no config", where=str(place), fix=EXPECTED)


def inspect_place(place: Path) -> Facts:
    """Reads the JSON files and the headers of the weights alone.

    Raises:
        ProductError: There is no encoder, its weights are pickled, cut or of another network, or it is of a type that
            is not supported.
    """
    found = find_place(place)
    config = read_config(found.config)
    shapes: dict[str, Shape] = {}
    for path in found.weights:
        shapes |= read_shapes(path)
    return (_own if found.own else _theirs)(found, config, shapes)


def _own(found: Place, config: Json, shapes: Mapping[str, Shape]) -> Facts:
    """Facts of an encoder that this package wrote."""
    try:
        network, arguments = config["network"], config["arguments"]
        channels, framed = len(arguments["mean"]), any(isinstance(arguments.get(key), list) for key in ("size", "crop"))
        family, multiple = fit_own(network, arguments, shapes, found.weights[0])
    except (KeyError, TypeError):
        raise ProductError("no config of an encoder", where=str(found.config), fix=COPY_AGAIN) from None
    return Facts(family, channels, 1 if framed else multiple, f"{HOME}.{network}", (found.config, *found.weights))


def _theirs(found: Place, config: Json, shapes: Mapping[str, Shape]) -> Facts:
    """Facts of a folder of transformers."""
    model = image_model(config, str(found.config))
    channels = int(model.get(CHANNELS, 3))
    processor, index = found.config.with_name(FILE), found.config.with_name(INDEX)
    made = preprocessing(read_config(processor) if processor.is_file() else None, channels, processor)
    multiple = fit_model(model, shapes, found.weights[0])
    files = (found.config, *found.weights, *(path for path in (index, processor) if path.is_file()))
    framed = bool(made.size or made.crop)
    return Facts(model["model_type"], channels, 1 if framed else multiple, f"{HOME}.folder:read_folder", files)


def read_config(path: Path) -> Json:
    """One JSON object of a user's file.

    Raises:
        ProductError: It holds none.
    """
    try:
        content: Any = json.loads(path.read_text())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ProductError(f"not JSON: {error}", where=str(path), fix=COPY_AGAIN) from None
    if not isinstance(content, dict):
        raise ProductError(f"expected a JSON object, found {type(content).__name__}", where=str(path), fix=COPY_AGAIN)
    return content


def _parts(folder: Path) -> tuple[Path, ...]:
    """The weights of a folder of transformers."""
    index = folder / INDEX
    if (folder / ONE_FILE).is_file():
        return (folder / ONE_FILE,)
    if index.is_file():
        names = read_config(index).get("weight_map")
        if isinstance(names, dict) and names:
            return tuple(folder / name for name in sorted(set(names.values())))
        raise ProductError("the index names no weights", where=str(index), fix=COPY_AGAIN)
    for path in sorted(folder.iterdir()):
        if path.suffix in PICKLES:
            raise pickled(path)
    raise ProductError("no weights", where=str(folder / ONE_FILE), fix=COPY_AGAIN)
