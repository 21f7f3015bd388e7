"""Whether weights fit a config, as far as first convolution and blocks tell; all else is told on loading."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.architectures import CHANNELS, MODEL_TYPES, RESNETS, image_model, vit_model
from pipeline.core.networks.headers import MATCH, Shape, misfit


def fit_own(network: str, arguments: Json, shapes: Mapping[str, Shape], path: Path) -> tuple[str, int]:
    """Whether weights are of an encoder of this package; returns its family, and as :func:`fit_model`.

    Args:
        network: ``module:Class``.
        arguments: Its own.
        shapes: Of the weights.
        path: Of their file, for the error.

    Raises:
        ProductError: They are not.
        KeyError, TypeError: An argument is missing, or no argument at all.
    """
    channels = len(arguments["mean"])
    if network == "resnet:ResNetEncoder":
        width, kernel = arguments["width"], 3 if arguments.get("stem") == "small" else 7
        _, depths, expansion = RESNETS[arguments["depth"]]
        _check_shape("body.conv1.weight", (width, channels, kernel, kernel), shapes, path)
        _check_shape(
            "body.layer4.0.downsample.0.weight", (8 * width * expansion, 4 * width * expansion, 1, 1), shapes, path
        )
        _check_depths(r"\blayer(\d)\.(\d+)\.", depths, shapes, path)
        return "resnet", 1
    if network == "vit:ViTEncoder":
        model = vit_model(arguments["size"], arguments["patch"], arguments["image"], channels)
    elif network == "transformers_encoder:TransformersEncoder":
        model = image_model(arguments["model"], str(path))
    else:
        raise ProductError(f"expected an encoder, found {network!r}", where=str(path), fix=MATCH)
    return model["model_type"], fit_model(model, shapes, path)


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
    width = width[0] if isinstance(width, list) else width
    patch = model.get("patch_size") if kind.maps == "tokens" else None
    sides = (patch, patch) if isinstance(patch, int) else found[2:]
    _check_shape(stem, (*(found[:1] if width is None else (width,)), model.get(CHANNELS, 3), *sides), shapes, path)
    _check_depths(kind.pattern, kind.depths(model), shapes, path)
    return found[2] if kind.maps == "tokens" else 1


def _check_shape(tensor: str, expected: Shape, shapes: Mapping[str, Shape], path: Path) -> None:
    if shapes.get(tensor) != expected:
        raise misfit(tensor, expected, shapes.get(tensor), path)


def _check_depths(pattern: str, expected: list[int] | None, names: Iterable[str], path: Path) -> None:
    blocks = {match.groups() for match in map(re.compile(pattern).search, names) if match}
    counts = Counter(stage for stage, _ in blocks)
    found = [counts[stage] for stage in sorted(counts)]
    if expected is not None and found != expected:
        text = f"the weights are of another network: expected blocks {expected}, found {found}"
        raise ProductError(text, where=str(path), fix=MATCH)
