"""Outlines of objects, as QuPath opens them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from skimage.measure import points_in_poly

from pipeline.commands.apply.labels.found import Found
from pipeline.commands.apply.labels.rings import Borders, Ring
from pipeline.core.diffusion.mask_colours import css
from pipeline.core.files import PARTIAL, Json, aside, remove

DIGITS = 2  # of a place, level-0 pixels


def write_outlines(path: Path, found: Found, scale: float, classes: tuple[str, ...]) -> None:
    """Writes one detection per object, with its class, aside, and renames the file; nothing else ever stays.

    Objects are written while the picture passes by, when their last rows have.

    Source: ``QuPathTypeAdapters`` in qupath.lib.io of QuPath 0.4 and later.

    Args:
        path: Where to.
        found: The objects.
        scale: Level-0 pixels per pixel.
        classes: Names of the ids 1, 2 and so on.
    """
    said = [{"name": name, "color": _rgb(number)} for number, name in enumerate(classes, 1)]
    try:
        with aside(path) as partial, partial.open("w") as file:
            before = '{"type": "FeatureCollection", "features": [\n'
            for number, rings in _objects(found):
                properties = {"objectType": "detection", "classification": said[found.objects.classes[number] - 1]}
                feature = {"type": "Feature", "geometry": geometry(rings, scale), "properties": properties}
                file.write(before + json.dumps(feature, separators=(",", ":")))
                before = ",\n"
            file.write("\n]}\n" if before == ",\n" else before + "]}\n")
    finally:
        remove(path.with_name(path.name + PARTIAL))


def geometry(rings: list[Ring], scale: float) -> Json:
    """A polygon, or of an object in several parts, several; holes follow the border around them.

    Args:
        rings: Of one object, in any order.
        scale: What places are multiplied by.
    """
    shells = sorted((ring for ring in rings if ring.area > 0), key=lambda ring: ring.area)
    parts = [[_closed(shell, scale)] for shell in shells]
    for hole in (ring for ring in rings if ring.area < 0):
        parts[_around(hole, shells)].append(_closed(hole, scale))
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _objects(found: Found) -> Iterator[tuple[int, list[Ring]]]:
    borders = Borders(found.pieces.width, found.objects.last)
    for row in found.rows():
        yield from borders.add(row)
    yield from borders.add(np.zeros((1, found.pieces.width), np.uint32))


def _around(hole: Ring, shells: list[Ring]) -> int:
    """The smallest border that a hole lies within."""
    if len(shells) == 1:
        return 0
    return next(place for place, shell in enumerate(shells) if points_in_poly([hole.beyond], shell.corners)[0])


def _closed(ring: Ring, scale: float) -> list[list[float]]:
    places = (ring.corners * scale).round(DIGITS).tolist()
    return [*places, places[0]]


def _rgb(number: int) -> list[int]:
    return list(bytes.fromhex(css(number)[1:]))
