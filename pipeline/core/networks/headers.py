"""What the header of a weights file says. Reading one loads no weights and no network's code."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open

from pipeline.core.errors import ProductError

Shape = tuple[int, ...]
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


def pickled(path: Path) -> ProductError:
    """The error of weights that are never loaded."""
    found = "expected safetensors, found pickled weights, which can run any code when they are loaded"
    return ProductError(found, where=str(path), fix=SAVE_AGAIN)


def require_shapes(expected: Mapping[str, Shape], path: Path) -> None:
    """Whether a weights file has the tensors of a network, each of its shape, and no other.

    Raises:
        ProductError: It does not; names the first that differs.
    """
    found = read_shapes(path)
    for key in (*expected, *found):
        if expected.get(key) != found.get(key):
            raise misfit(key, expected.get(key), found.get(key), path)


def misfit(tensor: str, expected: Shape | None, found: Shape | None, path: Path) -> ProductError:
    """The error of a tensor that does not fit its config; None: there is to be none, or there is none."""
    said = ["none" if shape is None else str(list(shape)) for shape in (expected, found)]
    text = f"the weights are of another network: tensor {tensor!r}: expected {said[0]}, found {said[1]}"
    return ProductError(text, where=str(path), fix=MATCH)
