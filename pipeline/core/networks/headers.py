"""What the header of a weights file says. Reading one loads no weights and no network's code."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open

from pipeline.core.errors import ProductError

Shape = tuple[int, ...]
NETWORK = re.compile(r"([a-z][a-z0-9_]*):([A-Z][A-Za-z0-9]*)")  # module:Class, as an exported config names it
WEIGHTS, CONFIG = ".safetensors", ".config.json"
PICKLED = (b"PK\x03\x04", b"\x80")  # how files of torch.save begin, of today and of old
SAVE_AGAIN = "where you trust them, load them once elsewhere and save them with safetensors, or by save_pretrained"
COPY_AGAIN = "copy it again, and compare its size and digest"
MATCH = "put the weights beside the config that they were saved with"


def read_shapes(path: Path) -> dict[str, Shape]:
    """The shape of every tensor of a ``.safetensors`` file.

    Raises:
        ProductError: There is none, it is of another kind, or it is cut.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise ProductError("no weights", where=str(path), fix="copy them there, or train again") from None
    except SafetensorError as error:
        with path.open("rb") as content:
            if content.read(4).startswith(PICKLED):
                raise pickled(path) from None
        raise ProductError(f"not a whole safetensors file: {error}", where=str(path), fix=COPY_AGAIN) from None


def read_all_shapes(paths: Iterable[Path]) -> dict[str, Shape]:
    """The shapes of the tensors of several files; raises ProductError as :func:`read_shapes`."""
    return {key: shape for path in paths for key, shape in read_shapes(path).items()}


def pickled(path: Path) -> ProductError:
    """The error of weights that are never loaded."""
    found = "expected safetensors, found pickled weights, which can run any code when they are loaded"
    return ProductError(found, where=str(path), fix=SAVE_AGAIN)


def require_shapes(expected: Mapping[str, Shape], path: Path) -> None:
    """Whether a weights file has the tensors of a network, each of its shape, and no other.

    Raises:
        ProductError: It does not; names the first that differs.
    """
    require_same(expected, read_shapes(path), path)


def require_same(expected: Mapping[str, Shape], found: Mapping[str, Shape], path: Path, fix: str = MATCH) -> None:
    """Whether tensors are those of a network, each of its shape; raises ProductError that names the first to differ."""
    for key in (*expected, *found):
        if expected.get(key) != found.get(key):
            raise misfit(key, expected.get(key), found.get(key), path, fix)


def require_shape(tensor: str, expected: Shape, shapes: Mapping[str, Shape], path: Path) -> None:
    """Whether a tensor has its shape; raises ProductError."""
    if shapes.get(tensor) != expected:
        raise misfit(tensor, expected, shapes.get(tensor), path)


def require_depths(pattern: str, expected: list[int] | None, names: Iterable[str], path: Path) -> None:
    """Whether tensors are of so many blocks per stage; None: the config does not say it.

    Args:
        pattern: Finds the stage and the block in the name of a tensor.
        expected: Blocks per stage.
        names: Of the tensors.
        path: Of their file, for the error.

    Raises:
        ProductError: They are not.
    """
    blocks = {match.groups() for match in map(re.compile(pattern).search, names) if match}
    counts = Counter(stage for stage, _ in blocks)
    found = [counts[stage] for stage in sorted(counts)]
    if expected is not None and found != expected:
        text = f"the weights are of another network: expected blocks {expected}, found {found}"
        raise ProductError(text, where=str(path), fix=MATCH)


def misfit(tensor: str, expected: Shape | None, found: Shape | None, path: Path, fix: str = MATCH) -> ProductError:
    """The error of a tensor that does not fit its config; None: there is to be none, or there is none."""
    said = ["none" if shape is None else str(list(shape)) for shape in (expected, found)]
    text = f"the weights are of another network: tensor {tensor!r}: expected {said[0]}, found {said[1]}"
    return ProductError(text, where=str(path), fix=fix)
