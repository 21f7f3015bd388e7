"""What ``save_pretrained`` of transformers leaves in a folder."""

import json
from pathlib import Path
from typing import Any

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.headers import COPY_AGAIN, WEIGHTS, pickled

THEIRS, ONE_FILE, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
SAVED = (  # how a config was saved, run or labelled, not what its network is
    *("architectures", "transformers_version", "dtype", "torch_dtype", "auto_map", "quantization_config"),
    *("id2label", "label2id", "return_dict", "output_attentions", "output_hidden_states"),
)
HOW = "implementation"  # of attention, of experts: may name code to fetch


def essential(config: Json) -> Json:
    """A config of transformers less what its weights do not need, and less all that could name code."""
    return {
        key: value
        for key, value in config.items()
        if key not in SAVED and not key.startswith("_") and not key.endswith(HOW)
    }


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


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The weights of a folder: one file, or the parts that an index names.

    Raises:
        ProductError: There are none, they are pickled, or the index names none, or others than of the folder.
    """
    index = folder / INDEX
    if (folder / ONE_FILE).is_file():
        return (folder / ONE_FILE,)
    if index.is_file():
        named = read_config(index).get("weight_map")
        names = list(named.values()) if isinstance(named, dict) else []
        if not names:
            raise ProductError("the index names no weights", where=str(index), fix=COPY_AGAIN)
        for name in names:
            if not isinstance(name, str) or Path(name).name != name or not name.endswith(WEIGHTS):
                text = f"expected the name of a {WEIGHTS} file of the same folder, found {name!r}"
                raise ProductError(text, where=f"{index}: weight_map", fix=COPY_AGAIN)
        return tuple(folder / name for name in sorted(set(names)))
    refuse_pickles(folder)
    raise ProductError("no weights", where=str(folder / ONE_FILE), fix=COPY_AGAIN)


def refuse_pickles(folder: Path) -> None:
    """Raises ProductError where a folder, found to have no other weights, has pickled ones."""
    for path in sorted(folder.iterdir()):
        if path.suffix in PICKLES:
            raise pickled(path)
