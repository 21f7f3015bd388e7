"""Where an encoder lies."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.networks.headers import CONFIG, WEIGHTS, pickled
from pipeline.core.networks.pretrained_folder import ONE_FILE, PICKLES, THEIRS, refuse_pickles, weight_files

NAME = "encoder"  # of our own files
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
        return Place(theirs, weight_files(folder), own=False)
    if not place.exists():
        raise ProductError("no encoder: there is no such file or folder", where=str(place), fix=EXPECTED)
    if place.is_dir():
        refuse_pickles(place)
    raise ProductError("no encoder: there is no config", where=str(place), fix=EXPECTED)
