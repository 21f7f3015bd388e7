"""A caption file: CSV of what is said of slides, or of single tiles."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.errors import ProductError

REQUIRED, CORNER = ("slide_id", "caption"), ("x", "y")
EXPECTED = "columns: slide_id, caption; of single tiles also x, y, the level-0 pixels of the top left corner"
Place = tuple[int, int] | None  # of a tile; None for a whole slide


@dataclass(frozen=True)
class CaptionFile:
    """What a file says, by slide and by the corner of a tile, or None for the whole slide."""

    said: Mapping[str, Mapping[Place, tuple[str, ...]]]

    def of(self, slide: str, xy: np.ndarray) -> list[tuple[str, ...]]:
        """The captions of every tile of a slide: its own, else those of the slide, else none.

        Args:
            slide: Its id.
            xy: int64 (tile, 2), level-0 pixels of the top left corners.
        """
        own = self.said.get(slide, {})
        whole = own.get(None, ())
        return [own.get((x, y), whole) for x, y in xy.tolist()]


def read_captions(path: Path) -> CaptionFile:
    """Reads it; several lines of one place are captions that take turns.

    Raises:
        ProductError: It is missing or no such table; names the line.
    """
    import pandas as pd

    try:
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):  # lines longer than the header
            table = pd.read_csv(
                path, dtype=str, index_col=False, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig"
            )
    except OSError as error:
        raise ProductError(f"no caption file: {error.strerror}", where=str(path), fix="correct the path") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ProductError(f"not a CSV table: {error}", where=str(path), fix=EXPECTED) from None
    except pd.errors.ParserWarning:
        fix = "put captions that hold a comma in quotes"
        raise ProductError("lines with more columns than the first", where=str(path), fix=fix) from None
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing or (CORNER[0] in table.columns) != (CORNER[1] in table.columns):
        found = ", ".join(map(str, table.columns))
        raise ProductError(f"expected {EXPECTED}; found {found}", where=f"{path} line 1", fix="add or rename them")
    said: dict[str, dict[Place, tuple[str, ...]]] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        place = _place(row.get("x", ""), row.get("y", ""), f"{path} line {line}")
        caption = row["caption"].strip()
        if not caption:
            raise ProductError("an empty caption", where=f"{path} line {line}", fix="fill it, or drop the line")
        own = said.setdefault(row["slide_id"], {})
        own[place] = (*own.get(place, ()), caption)
    return CaptionFile(said)


def _place(x: str, y: str, where: str) -> Place:
    """The corner of a tile; None where the line is of a whole slide."""
    if not x and not y:
        return None
    try:
        return int(x), int(y)
    except ValueError:
        fix = "give both as whole level-0 pixels, or leave both empty for the whole slide"
        raise ProductError(f"expected x and y, found {[x, y]}", where=where, fix=fix) from None
