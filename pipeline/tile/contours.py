"""Outlines of tissue as GeoJSON that QuPath opens."""

import json
from pathlib import Path

import numpy as np
from contourpy import FillType, contour_generator

from pipeline.core.files import write_text

LEVEL = 0.45  # of the contour between 0 and 1; not 0.5, which would let lines meet where pixels touch at corners
SLACK = 0.3  # mask pixels a line may leave its contour by: less than half the distance of two lines
COLOUR = (20, 110, 60)

Polygons = list[list[np.ndarray]]


def trace(mask: np.ndarray, scale: float) -> Polygons:
    """Outlines the true pixels of a mask.

    Contour lines of one field never cross, so the rings are simple and holes lie within their outline.

    Args:
        mask: bool (y, x).
        scale: Level-0 pixels per mask pixel.

    Returns:
        Polygons, each a list of closed rings, the outline first, its holes after it: float64 (corner, 2), x and y in
        level-0 pixels, (0, 0) the upper left corner of the mask.
    """
    field = np.pad(mask, 1).astype(np.float64)
    lines = contour_generator(z=field, fill_type=FillType.OuterOffset).filled(LEVEL, 2.0)
    limits = mask.shape[::-1]
    polygons = []
    for corners, starts in zip(*lines, strict=True):
        rings = np.split(corners - 0.5, starts[1:-1])
        polygons.append([np.clip(_simplified(ring), 0, limits) * scale for ring in rings])
    return polygons


def _simplified(ring: np.ndarray) -> np.ndarray:
    """A closed ring without corners on a straight line, and without every second that is nearly on one."""
    corners = ring[:-1]
    corners = corners[_bend(corners) > 1e-9]
    second = np.arange(len(corners)) % 2 == 1
    kept = corners[~second | (_bend(corners) > SLACK)]
    corners = kept if len(kept) > 3 else corners
    return np.concatenate([corners, corners[:1]])


def _bend(corners: np.ndarray) -> np.ndarray:
    """Distance of each corner of a ring from the line through its neighbours: float64 (corner,)."""
    before, after = np.roll(corners, 1, 0), np.roll(corners, -1, 0)
    (x, y), (u, v) = (after - before).T, (corners - before).T
    return np.asarray(np.abs(x * v - y * u) / np.maximum(np.hypot(x, y), 1e-9))


def write_contours(path: Path, polygons: Polygons) -> None:
    """Writes polygons as QuPath writes annotations, aside, then renames.

    Args:
        path: The file.
        polygons: See :func:`trace`.
    """
    properties = {"objectType": "annotation", "classification": {"name": "Tissue", "color": COLOUR}}
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring.round(2).tolist() for ring in rings]},
            "properties": properties,
        }
        for rings in polygons
    ]
    write_text(path, json.dumps({"type": "FeatureCollection", "features": features}) + "\n")
