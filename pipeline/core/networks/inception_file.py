"""A file of weights of Inception-v3: what it says before it is loaded, and its tensors. No code in it is ever run."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import ProductError
from pipeline.core.networks.headers import COPY_AGAIN, PICKLED, WEIGHTS, misfit, read_shapes

if TYPE_CHECKING:
    import torch

PICKLES = (".pth", ".pt")
UNUSED = "num_batches_tracked"  # of norms, which matters in training alone
TELLING = {"Conv2d_1a_3x3.conv.weight": (32, 3, 3, 3), "fc.weight": (1008, 2048)}
ANOTHER = "name the weights that FID is measured with, such as pt_inception-2015-12-05-6726825d.pth of pytorch-fid"


def inspect_inception(path: Path) -> None:
    """Whether a file may hold the weights; of a pickled one no more is known before it is loaded.

    Raises:
        ProductError: There is none, it is of another kind, cut, or of another network as far as TELLING tells.
    """
    if not path.is_file():
        raise ProductError("no weights: there is no such file", where=str(path), fix=ANOTHER)
    if path.suffix == WEIGHTS:
        shapes = read_shapes(path)
        for tensor, shape in TELLING.items():
            if shapes.get(tensor) != shape:
                raise misfit(tensor, shape, shapes.get(tensor), path, ANOTHER)
    elif path.suffix not in PICKLES or not _starts_as_pickle(path):
        text = f"expected a state dict, a {WEIGHTS}, {' or '.join(PICKLES)} file, found another kind of file"
        raise ProductError(text, where=str(path), fix=ANOTHER)


def read_tensors(path: Path) -> dict[str, "torch.Tensor"]:
    """The tensors of a file by name; raises ProductError where it holds anything else, as :func:`inspect_inception`."""
    inspect_inception(path)
    if path.suffix == WEIGHTS:
        from safetensors.torch import load_file

        return load_file(path)
    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of any kind: such a file may hold anything
        text = "it cannot be loaded as a state dict, tensors and nothing else"
        raise ProductError(
            f"{text}: {type(error).__name__}", where=str(path), fix=f"{ANOTHER}; {COPY_AGAIN}"
        ) from error
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        text = f"expected a state dict, tensors by name, found {type(found).__name__} of other things"
        raise ProductError(text, where=str(path), fix=ANOTHER)
    return found


def _starts_as_pickle(path: Path) -> bool:
    with path.open("rb") as content:
        return content.read(4).startswith(PICKLED)
