"""Tiles with what a probe says of them, as QuPath opens them."""

import json
from pathlib import Path

import numpy as np

from pipeline.commands.heatmap.colours import rgb
from pipeline.core.files import write_text


def write_tiles(path: Path, boxes: np.ndarray, predicted: np.ndarray, task: str, names: tuple[str, ...]) -> None:
    """Writes one tile object per tile: its most likely class and, as measurements, what the probe says.

    Source: ``QuPathTypeAdapters`` in qupath.lib.io of QuPath 0.4 and later.

    Args:
        path: The file.
        boxes: float64 (tile, 4), x0, y0, x1, y1 in level-0 pixels.
        predicted: float64 (tile, class) probabilities, or (tile, 1) values.
        task: Its name.
        names: Of the classes; none where targets are values.
    """
    labels = [f"{task}: {name}" for name in names] or [task]
    features = []
    for (x0, y0, x1, y1), said in zip(boxes.round(2).tolist(), predicted, strict=True):
        properties = {"objectType": "tile", "measurements": dict(zip(labels, said.round(4).tolist(), strict=True))}
        if names:
            best = int(said.argmax())
            properties["classification"] = {"name": names[best], "color": list(rgb(best))}
        ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    write_text(path, json.dumps({"type": "FeatureCollection", "features": features}) + "\n")
