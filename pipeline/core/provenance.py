"""What a product is (``X.json``) and what made it (``X.recipe.json``).

Both are deterministic: no times, hosts or absolute paths. ``X.json`` is written last, so its
existence means that the product is complete.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.errors import ProductError

CODE = Path(__file__).resolve().parents[1]
Json = dict[str, Any]


def digest_bytes(*parts: bytes) -> str:
    """BLAKE2b of the parts, 32 hex digits."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(8) + part)
    return state.hexdigest()


class ArrayDigest:
    """Digest of dtype, shape and decoded values of an array that comes piece by piece.

    Args:
        dtype: Of the array.
        shape: Of all pieces, joined along the first axis.
    """

    def __init__(self, dtype: np.dtype, shape: tuple[int, ...]) -> None:
        head, size = f"{dtype.str}{shape}".encode(), math.prod(shape) * dtype.itemsize
        self._state = hashlib.blake2b(len(head).to_bytes(8) + head + size.to_bytes(8), digest_size=16)

    def update(self, piece: np.ndarray) -> None:
        """Adds the next rows."""
        self._state.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)

    def hexdigest(self) -> str:
        """32 hex digits, once all pieces are in."""
        return self._state.hexdigest()


def digest_file(path: Path) -> str:
    """BLAKE2b of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def digest_array(array: np.ndarray) -> str:
    """Digest of dtype, shape and decoded values: a change of codec leaves it as it is."""
    digest = ArrayDigest(array.dtype, array.shape)
    digest.update(array)
    return digest.hexdigest()


def digest_code(phase: str) -> str:
    """Digest of the phase's package folder and of ``core``."""
    found = (file for folder in (phase, "core") for file in (CODE / folder).rglob("*"))
    files = sorted(file for file in found if file.suffix in (".py", ".j2", ".css"))
    return digest_bytes(*(part for f in files for part in (f.relative_to(CODE).as_posix().encode(), f.read_bytes())))


def read_json(path: Path) -> Json:
    """Reads one JSON object; raises ProductError where there is none."""
    try:
        content: Json = json.loads(path.read_text())
    except FileNotFoundError:
        raise ProductError(
            "a product of an earlier phase is missing", where=str(path), fix="run 'snakemake --cores all' first"
        ) from None
    except json.JSONDecodeError as error:
        raise ProductError(f"not JSON: {error}", where=str(path), fix="delete the file and run again") from None
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes sorted, indented JSON aside and renames it."""
    write_text(path, json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text file aside and renames it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    partial.replace(path)


def recipe_path(manifest: Path) -> Path:
    """``X.recipe.json`` of ``X.json``."""
    return manifest.with_name(manifest.name.removesuffix(".json") + ".recipe.json")


def recipe(phase: str, spec: Mapping[str, Any], inputs: Iterable[Path]) -> Json:
    """What a product is made from: its spec, the code's digest, the digest of every file read."""
    files = sorted(set(inputs))
    missing = [path.as_posix() for path in files if not path.is_file()]
    if missing:
        raise ProductError("an input is missing", where=missing[0], fix="run 'snakemake --cores all', which makes it")
    return {
        "spec": dict(spec),
        "code": digest_code(phase),
        "inputs": {path.as_posix(): digest_file(path) for path in files},
    }


def produce(
    phase: str, manifest: Path, spec: Mapping[str, Any], inputs: Iterable[Path], make: Callable[[], Json]
) -> None:
    """Runs ``make`` and writes its answer as the manifest, after the recipe.

    Args:
        phase: The phase whose code runs.
        manifest: ``X.json`` of the product; whatever stood there is gone before work starts.
        spec: What the job depends on; plain JSON.
        inputs: Every file the job reads.
        make: Writes the payload; returns the manifest's content.
    """
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.unlink(missing_ok=True)
    recipe_path(manifest).unlink(missing_ok=True)
    made_from = recipe(phase, spec, inputs)
    content = make()
    write_json(recipe_path(manifest), made_from)
    write_json(manifest, content)
