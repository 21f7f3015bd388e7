"""The records of a CSV file, each with the line it begins on."""

import re
from io import StringIO
from pathlib import Path

from pipeline.core.errors import SheetError

Record = tuple[int, list[str]]


def read_records(path: Path) -> list[Record]:
    """Every record of a CSV file in UTF-8: its line, counted from 1, and its cells.

    Cells are text without the space around it; ``NA`` and the like are words. Empty cells at the end of a
    record are left out, so an empty line has none.

    Raises:
        SheetError: The file is not UTF-8, or a double quote is never closed.
    """
    import pandas as pd

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError(f"not UTF-8: {error}", where=str(path), fix="save it as 'CSV UTF-8'") from None
    width = 1 + max((line.count(",") for line in text.splitlines()), default=0)  # cells of the longest record, or more
    try:
        table = pd.read_csv(
            StringIO(text),
            header=None,
            names=list(range(width)),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
        )
    except pd.errors.EmptyDataError:
        return []
    except pd.errors.ParserError as error:
        row = re.search(r"row (\d+)", str(error))
        where = f"{path}, row {int(row[1]) + 1}" if row else str(path)
        raise SheetError(f"not CSV: {error}", where=where, fix="close the double quote that is opened there") from None
    records: list[Record] = []
    line = 1
    for values in table.itertuples(index=False, name=None):
        cells = [value.strip() for value in values]
        while cells and not cells[-1]:
            cells.pop()
        records.append((line, cells))
        line += 1 + sum(value.count("\n") for value in values)
    return records
