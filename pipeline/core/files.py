"""Files that are whole or not there: written aside, then renamed."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.core.errors import ProductError

Json = dict[str, Any]
PARTIAL = ".partial"  # ending of what is being written


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write a file or a folder to, which takes its place when the block ends well.

    What stood at ``path`` is replaced; the place is empty at first, and the folders above it are there.
    """
    partial = path.with_name(path.name + PARTIAL)
    partial.parent.mkdir(parents=True, exist_ok=True)
    remove(partial)
    yield partial
    if partial.is_dir():
        remove(path)
    partial.replace(path)


def remove(path: Path) -> None:
    """Deletes a file or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
    with aside(path) as partial:
        partial.write_text(text)
