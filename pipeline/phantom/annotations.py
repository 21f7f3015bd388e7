"""Class regions of a layout as the GeoJSON that QuPath writes."""

from typing import Any

import numpy as np
from scipy.ndimage import binary_fill_holes, label
from skimage.measure import approximate_polygon, find_contours

from pipeline.phantom.layout import CLASSES, COARSE, Layout

COLOURS = {"gland": [64, 128, 255], "lymphoid": [160, 90, 200], "stroma": [60, 180, 90], "tumour": [220, 50, 50]}
LEAST = 400  # coarse pixels: smaller specks are not annotated


def annotations(layout: Layout) -> dict[str, Any]:
    """A FeatureCollection of one polygon (with holes) per class region; coordinates in level-0 pixels."""
    side = len(layout.classes)
    tissue = layout.edge[COARSE // 2 :: COARSE, COARSE // 2 :: COARSE][:side, :side] > 0
    features: list[dict[str, Any]] = []
    for index, name in enumerate(CLASSES):
        regions, count = label(tissue & (layout.classes == index))
        for region in (regions == number for number in range(1, count + 1)):
            if region.sum() >= LEAST:
                features.append(_feature(name, region, len(features)))
    return {"type": "FeatureCollection", "features": features}


def _feature(name: str, region: np.ndarray, number: int) -> dict[str, Any]:
    whole = binary_fill_holes(region)
    holes, count = label(whole & ~region)
    rings = [_ring(whole), *(_ring(holes == hole) for hole in range(1, count + 1))]
    return {
        "type": "Feature",
        "id": f"{name}-{number}",
        "geometry": {"type": "Polygon", "coordinates": rings},
        "properties": {"objectType": "annotation", "classification": {"name": name, "color": COLOURS[name]}},
    }


def _ring(region: np.ndarray) -> list[list[float]]:
    outline = max(find_contours(np.pad(region, 1).astype(np.float32), 0.5), key=len)
    corners = approximate_polygon(outline, 0.7)
    return [[float((x - 0.5) * COARSE), float((y - 0.5) * COARSE)] for y, x in corners]
