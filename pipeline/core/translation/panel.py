"""Sample pictures: what a translator makes of a handful of training tiles."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.core.store.rows import Rows
from pipeline.core.translation.shown import shown
from pipeline.core.translation.translator import Translator

GAP = 2
EXAMPLES = 6


def examples(arrays: Mapping[str, Rows], count: int = EXAMPLES) -> dict[str, np.ndarray]:
    """Rows of each array, evenly spaced, so that what belongs together stays beside each other: (count, y, x, ...)."""
    return {name: rows[np.linspace(0, len(rows) - 1, count).round().astype(int)] for name, rows in arrays.items()}


def write_panel(path: Path, translator: Translator, source: np.ndarray, target: np.ndarray) -> None:
    """Writes a PNG, one example per line: source, synthetic, target.

    Args:
        path: Replaced when it exists.
        translator: In training or exported.
        source: (tile, y, x, c).
        target: (tile, y, x, c); the real target where the slides are registered.
    """
    full, made = translator.target.full, translator(source, range(len(source)))
    write_columns(path, shown(source, translator.source.full), shown(made, full), shown(target, full))


def write_columns(path: Path, *columns: np.ndarray) -> None:
    """Writes a PNG of columns of tiles, uint8 (tile, y, x, 3) each; one that exists is replaced."""
    lines = np.stack(columns, axis=1)
    framed = np.pad(lines, ((0, 0), (0, 0), (0, GAP), (0, GAP), (0, 0)), constant_values=255)
    tiles, count, height, width, _ = framed.shape
    picture = framed.transpose(0, 2, 1, 3, 4).reshape(tiles * height, count * width, 3)[:-GAP, :-GAP]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
