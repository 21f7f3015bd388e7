"""Whether weights fit a config, as far as first convolution and blocks tell; all else is told on loading."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.core.files import Json
from pipeline.core.networks.architectures import MODEL_TYPES, image_model
from pipeline.core.networks.headers import Shape, require_depths, require_shape
from pipeline.core.networks.model_type import CHANNELS, vit_model
from pipeline.core.networks.residual import RESNETS


def fit_own(network: str, arguments: Json, shapes: Mapping[str, Shape], path: Path) -> int:
    """Whether weights are of an encoder of this package, where CHECKS can tell; returns as :func:`fit_model`.

    Args:
        network: ``module:Class``.
        arguments: Its own; an encoder of patches that has no check has their side as ``patch``.
        shapes: Of the weights.
        path: Of their file, for the error.

    Raises:
        ProductError: They are not.
        KeyError, TypeError: An argument is missing, or no argument at all.
    """
    check = CHECKS.get(network)
    return check(arguments, shapes, path) if check else int(arguments.get("patch", 1))


def fit_model(model: Json, shapes: Mapping[str, Shape], path: Path) -> int:
    """Whether weights are of a network of transformers, see :func:`pipeline.core.networks.architectures.image_model`.

    Returns:
        What the sides of its images are a multiple of: those of its patches, where all its maps have them; 1 else.

    Raises:
        ProductError: They are not.
    """
    kind = MODEL_TYPES[model["model_type"]]
    shapes = {key: shape for key, shape in shapes.items() if "text_model" not in key}
    stem = next((key for key in shapes if key.endswith(kind.stem)), kind.stem)
    found, width = shapes.get(stem, ()), model.get(kind.width)
    width = next(iter(width), None) if isinstance(width, list) else width
    patch = model.get("patch_size") if kind.maps == "tokens" else None
    sides = (patch, patch) if isinstance(patch, int) else found[2:]
    require_shape(stem, (*(found[:1] if width is None else (width,)), model.get(CHANNELS, 3), *sides), shapes, path)
    require_depths(kind.pattern, kind.depths(model), shapes, path)
    return max((1, *found[2:3])) if kind.maps == "tokens" else 1


def _resnet(arguments: Json, shapes: Mapping[str, Shape], path: Path) -> int:
    width, kernel = arguments["width"], 3 if arguments.get("stem") == "small" else 7
    _, depths, expansion = RESNETS[arguments["depth"]]
    require_shape("body.conv1.weight", (width, len(arguments["mean"]), kernel, kernel), shapes, path)
    wide, narrow = 8 * width * expansion, 4 * width * expansion
    require_shape("body.layer4.0.downsample.0.weight", (wide, narrow, 1, 1), shapes, path)
    require_depths(r"\blayer(\d)\.(\d+)\.", depths, shapes, path)
    return 1


def _vit(arguments: Json, shapes: Mapping[str, Shape], path: Path) -> int:
    model = vit_model(arguments["size"], arguments["patch"], arguments["image"], len(arguments["mean"]))
    return fit_model(model, shapes, path)


def _transformers(arguments: Json, shapes: Mapping[str, Shape], path: Path) -> int:
    return fit_model(image_model(arguments["model"], str(path)), shapes, path)


CHECKS: dict[str, Callable[[Json, Mapping[str, Shape], Path], int]] = {  # of others nothing is told before loading
    "resnet:ResNetEncoder": _resnet,
    "vit:ViTEncoder": _vit,
    "transformers_encoder:TransformersEncoder": _transformers,
}
