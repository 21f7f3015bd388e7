"""Numbers that belong to tiles, or to whole slides, such as gene counts: read from a CSV file."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.errors import ProductError

SLIDE, PLACE = "slide_id", ("x", "y")


@dataclass(frozen=True)
class VectorTable:
    """A table with one line per slide, or per tile.

    Args:
        path: Of the file.
        lines: float32 (line, number) by slide_id and, of tiles, x and y of the top-left corner, level-0 pixels.
    """

    path: Path
    lines: pd.DataFrame

    @property
    def by_tile(self) -> bool:
        """Whether tiles have lines of their own."""
        return self.lines.index.nlevels > 1

    def require(self, slides: Iterable[str]) -> None:
        """Raises ProductError where a slide has no line at all."""
        known = set(self.lines.index.get_level_values(0))
        missing = sorted(set(slides) - known)
        if missing:
            raise self._lacks(f"no line of {len(missing)} slides: {', '.join(missing[:5])}")

    def of(self, slide: str, corners: np.ndarray) -> np.ndarray:
        """The vector of every tile of a slide: float32 (tile, number).

        Args:
            slide: Its slide_id.
            corners: int64 (tile, 2), x and y of each tile's top-left corner, level-0 pixels.

        Raises:
            ProductError: The slide or some of its tiles have no line.
        """
        self.require([slide])
        if not self.by_tile:
            return np.tile(self.lines.loc[[slide]].to_numpy(np.float32), (len(corners), 1))
        own = self.lines.loc[slide]
        rows = own.index.get_indexer(pd.MultiIndex.from_arrays(list(corners.T)))
        lost = np.flatnonzero(rows < 0)
        if len(lost):
            x, y = corners[lost[0]]
            raise self._lacks(f"no line of {len(lost)} of {len(corners)} tiles of {slide}, such as that at {x}, {y}")
        return own.to_numpy(np.float32)[rows]

    def _lacks(self, message: str) -> ProductError:
        fix = "add the lines (x and y are the tile's top-left corner in level-0 pixels), or name another table"
        return ProductError(message, where=str(self.path), fix=fix)


def read_vectors(path: Path) -> VectorTable:
    """Reads a CSV file: ``slide_id``, for tiles also ``x`` and ``y``, and any number of columns of numbers.

    Raises:
        ProductError: It is missing, is no such table, has lines of unequal length, or a value that is no finite number.
    """
    try:
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):  # lines longer than the header
            table = pd.read_csv(path, dtype={SLIDE: str}, index_col=False, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError, pd.errors.ParserWarning) as error:  # pandas' errors are ValueErrors
        raise _wrong(path, str(error).strip() or "an empty file") from None
    keys = [SLIDE, *(key for key in PLACE if key in table)]
    if SLIDE not in table or len(keys) == 2 or len(table.columns) == len(keys):
        raise _wrong(path, f"columns {', '.join(map(str, table.columns[:8]))}")
    for key in keys:
        lacks = table[key].eq("") if key == SLIDE else pd.to_numeric(table[key], errors="coerce").mod(1).ne(0)
        if lacks.any():
            raise _wrong(path, f"no {key} in line {np.flatnonzero(lacks)[0] + 2}")
    table = table.astype(dict.fromkeys(keys[1:], np.int64))
    numbers = table.drop(columns=keys).apply(pd.to_numeric, errors="coerce").astype(np.float32)
    wrong = np.argwhere(~np.isfinite(numbers.to_numpy()))
    if len(wrong):
        line, column = wrong[0]
        raise _wrong(path, f"no finite number in line {line + 2}, column {numbers.columns[column]!r}")
    lines = numbers.set_index(pd.MultiIndex.from_frame(table[keys]) if len(keys) > 1 else pd.Index(table[SLIDE]))
    if lines.index.has_duplicates:
        raise _wrong(path, f"two lines of {lines.index[lines.index.duplicated()][0]}")
    return VectorTable(path, lines.sort_index())


def _wrong(path: Path, found: str) -> ProductError:
    wanted = f"expected a CSV file with {SLIDE}, x and y (of tiles; leave out for whole slides) and columns of numbers"
    return ProductError(f"{wanted}; found {found}", where=str(path), fix="correct the file, or name another")
