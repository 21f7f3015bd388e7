"""What the header of a weights file says. Reading one loads no weights and no network's code."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open

from pipeline.core.errors import ProductError

Shapes = Mapping[str, tuple[int, ...]]
PICKLED = (b"PK\x03\x04", b"\x80")  # how files of torch.save begin, of today and of old
SAVE_AGAIN = "save its weights as safetensors, where you trust them: model.save_pretrained(folder), or save_file"


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
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
        with path.open("rb") as file:
            if file.read(4).startswith(PICKLED):
                found = "expected safetensors, found pickled weights, which could run any code when loaded"
                raise ProductError(found, where=str(path), fix=SAVE_AGAIN) from None
        found = f"not a whole safetensors file: {error}"
        raise ProductError(found, where=str(path), fix="copy it again, and compare its size and digest") from None


def require_shapes(expected: Shapes, path: Path) -> None:
    """Whether a weights file has the tensors of a network, each of its shape, and no other.

    Raises:
        ProductError: It does not; names the first that differs.
    """
    found = read_shapes(path)
    for key in (*expected, *found):
        if expected.get(key) != found.get(key):
            said = [str(list(shapes[key])) if key in shapes else "none" for shapes in (expected, found)]
            raise ProductError(
                f"the weights are of another network: tensor {key!r}: expected {said[0]}, found {said[1]}",
                where=str(path),
                fix="put the weights beside the config that they were saved with",
            )
