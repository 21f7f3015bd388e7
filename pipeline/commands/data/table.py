"""Tables of public data sets."""

import zlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.data.folder import Folder
from pipeline.core.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

GZIP = b"\x1f\x8b"  # how such files begin, whatever they are called


def read_table(folder: Folder, path: Path, columns: Collection[str]) -> "pd.DataFrame | None":
    """A CSV file, whatever its line ends, also where it is compressed and its name does not say so.

    Args:
        folder: Is told of columns that are missing.
        path: The file.
        columns: That it must have; spaces around their names do not count.

    Returns:
        The table, whose cells are text, ``""`` where they are empty; None where columns are missing.

    Raises:
        StudyError: It is no table.
    """
    import pandas as pd

    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
        frame: pd.DataFrame = pd.read_csv(
            path,
            compression="gzip" if packed else None,
            encoding="utf-8-sig",
            skipinitialspace=True,
            dtype=str,
            keep_default_na=False,
        )
    except (ValueError, pd.errors.ParserError, EOFError, OSError, zlib.error) as error:  # no UTF-8, cut off, a folder
        fix = "download it anew, and see to it that it can be read"
        raise StudyError(f"no table: {error}", where=str(path), fix=fix) from error
    frame.columns = frame.columns.str.strip()
    folder.lack(f"columns of {path.name}", set(columns) - set(frame.columns))
    return frame if set(columns) <= set(frame.columns) else None
