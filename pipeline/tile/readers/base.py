"""What a reader of slides offers. Another format is one more file in this folder and one line in ``READERS``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from pipeline.core.errors import SlideError


class Reader(Protocol):
    """One opened image and its pyramid.

    ``mpp`` is µm per level-0 pixel where the file says it; ``levels`` are (width, height) in pixels,
    finest first.
    """

    mpp: float | None
    levels: list[tuple[int, int]]

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        """A box within a level, in pixels of that level: uint8 (height, width, 3).

        Raises:
            SlideError: The file cannot be decoded there.
        """
        ...

    def close(self) -> None:
        """Gives the file back."""
        ...


@contextmanager
def decoding(path: Path, what: str) -> Iterator[None]:
    """Turns whatever a decoding library raises inside into a SlideError; hold nothing but its calls inside.

    Libraries raise what their file formats and codecs happen to raise: struct.error, KeyError, zlib.error ...
    """
    try:
        yield
    except SlideError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise SlideError(
            f"cannot {what}: {reason}", where=str(path), fix="check that the file is whole, or export it again"
        ) from error
