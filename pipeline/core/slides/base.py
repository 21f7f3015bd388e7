"""What a reader of slides offers. Another format is one more file in this folder and one line in ``open_image``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from pipeline.core.errors import SlideError

SIDE = 1 << 20  # pixels along a side: 26 cm of glass at 0.25 µm/px
AREA = 1 << 37  # pixels of an image
WHITE = 255  # what lies outside an image or was never scanned

Pair = tuple[float, float]


class Reader(Protocol):
    """One opened image and its pyramid.

    ``mpp`` is µm per level-0 pixel along x and y and ``objective`` the power of the lens, where the file
    says them; ``levels`` are (width, height) in pixels, finest first.
    """

    mpp: Pair | None
    objective: float | None
    levels: list[tuple[int, int]]

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        """A box of a level, in pixels of that level: uint8 (height, width, 3), white outside the image.

        The answer may be read-only. Threads may call it at the same time.

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
        if isinstance(error, TypeError | AttributeError | LookupError):  # a tag of another type than it should be
            reason = f"what it says of itself makes no sense ({reason})"
        raise SlideError(
            f"cannot {what}: {reason}", where=str(path), fix="check that the file is whole, or export it again"
        ) from error


def check_size(path: Path, width: int, height: int) -> None:
    """Raises SlideError where an image is empty or larger than any slide."""
    if min(width, height) < 1 or max(width, height) > SIDE or width * height > AREA:
        raise SlideError(
            f"an image of {width} x {height} px, expected 1 to {SIDE} a side and at most {AREA:.1g} in all",
            where=str(path),
            fix="the file is damaged: export it again",
        )


def damaged(path: Path, found: str) -> SlideError:
    """A file whose tags contradict one another."""
    return SlideError(f"cannot open the TIFF: {found}", where=str(path), fix="copy it anew, or export it again")
