"""What the files of an encoder say of it before anything is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.architectures import image_model
from pipeline.core.networks.fit import fit_model, fit_own
from pipeline.core.networks.headers import COPY_AGAIN, NETWORK, Shape, read_all_shapes
from pipeline.core.networks.model_type import CHANNELS
from pipeline.core.networks.place import Place, find_place
from pipeline.core.networks.preprocessor import preprocessing, processor_of
from pipeline.core.networks.pretrained_folder import INDEX, read_config

HOME = __package__


@dataclass(frozen=True)
class Facts:
    """What is known of an encoder that is not loaded.

    Args:
        channels: Of its images.
        multiple: Of which the sides of its images are, in pixels; 1: it takes any.
        code: ``module:attribute`` that loads it by name, for the code of a job.
        files: All that is read to load it.
    """

    channels: int
    multiple: int
    code: str
    files: tuple[Path, ...]


def inspect_place(place: Path) -> Facts:
    """Reads the JSON files and the headers of the weights alone.

    Raises:
        ProductError: There is no encoder, its weights are pickled, cut or of another network, or it is of a type that
            is not supported.
    """
    found = find_place(place)
    config = read_config(found.config)
    return (_own if found.own else _theirs)(found, config, read_all_shapes(found.weights))


def _own(found: Place, config: Json, shapes: Mapping[str, Shape]) -> Facts:
    """Facts of an encoder that this package wrote."""
    network, none = (
        config.get("network"),
        ProductError("no config of an encoder", where=str(found.config), fix=COPY_AGAIN),
    )
    if not isinstance(network, str) or not NETWORK.fullmatch(network):
        raise none
    try:
        arguments = config["arguments"]
        channels, framed = len(arguments["mean"]), any(isinstance(arguments.get(key), list) for key in ("size", "crop"))
        multiple = fit_own(network, arguments, shapes, found.weights[0])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise none from None
    return Facts(channels, 1 if framed else multiple, f"{HOME}.{network}", (found.config, *found.weights))


def _theirs(found: Place, config: Json, shapes: Mapping[str, Shape]) -> Facts:
    """Facts of a folder of transformers."""
    model = image_model(config, str(found.config))
    channels = model.get(CHANNELS, 3)
    index, (processor, said) = found.config.with_name(INDEX), processor_of(found.config.parent)
    made = preprocessing(said, channels, processor)
    multiple = fit_model(model, shapes, found.weights[0])
    files = (found.config, *found.weights, *(path for path in (index, processor) if path.is_file()))
    framed = bool(made.size or made.crop)
    return Facts(channels, 1 if framed else multiple, f"{HOME}.folder:read_folder", files)
