"""µm per pixel: what files say of it, and whether it can be true."""

import math
from pathlib import Path
from typing import Any

import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import Pair
from pipeline.core.slides.slide import GIVEN, PLAUSIBLE

ANISOTROPY = 0.05  # x and y may differ by
NOMINAL = 10.0  # µm per pixel times the objective's power: 0.5 at 20x, 0.25 at 40x
DOUBT = 2.0  # factor between that and what the file says
PER_UNIT = {2: 25_400.0, 3: 10_000.0}  # µm per inch and per centimetre, by the code of ResolutionUnit
UNITS = {
    "nm": 1e-3, "µm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "mm": 1e3, "cm": 1e4, "dm": 1e5, "m": 1e6,
    "in": 25_400.0, "inch": 25_400.0, "Å": 1e-4, "pm": 1e-6,
}  # fmt: skip
FIX = (
    "one of three: fill the column 'mpp' of the slide sheet with its µm per pixel (of a slide in no sheet, say it with "
    "--slide-mpp); correct the resolution in the file, or export it again with one; leave the slide out of the sheet"
)


def find_mpp(given: float | None, found: Pair | None, objective: float | None, path: Path) -> float:
    """µm per level-0 pixel.

    Args:
        given: By the slide sheet; it overrides the file.
        found: By the file, along x and y.
        objective: Power of the lens, by the file.
        path: The file.

    Raises:
        SlideError: It is missing, implausible, not the same along x and y, or not that of the objective.
    """
    if given is not None:
        return _plausible(given, "sheet", path, GIVEN)
    if found is None:
        raise _refused("the file says no resolution", path)
    x, y = found
    if not math.isfinite(x * y) or min(x, y) <= 0 or abs(x - y) > ANISOTROPY * max(x, y):
        raise _refused(f"the file says {x:g} µm/px along x and {y:g} along y", path)
    mpp = _plausible((x + y) / 2, "file", path)
    if objective is not None and 0 < objective < math.inf:
        nominal = NOMINAL / objective
        if not 1 / DOUBT <= mpp / nominal <= DOUBT:
            raise _refused(
                f"the file says {mpp:.4g} µm/px, and an objective of {objective:g}x, which gives about {nominal:.4g}",
                path,
            )
    return mpp


def tiff_scale(file: tifffile.TiffFile, page: tifffile.TiffPage) -> tuple[Pair | None, float | None]:
    """µm per pixel along x and y and the objective's power, by a TIFF's own description, else by its tags."""
    mpp, objective = None, None
    if file.is_ome:
        mpp, objective = ome_scale(file.ome_metadata or "")
    elif file.is_svs:
        mpp, objective = aperio_scale(page.description)
    return mpp or tag_scale(file, page), objective


def aperio_scale(description: str) -> tuple[Pair | None, float | None]:
    """By the ``| name = value`` fields ``MPP`` and ``AppMag`` that Aperio's files and their like hold."""
    fields = dict(part.partition("=")[::2] for part in description.split("|")[1:])
    found = {name.strip(): _float(value) for name, value in fields.items()}
    mpp = found.get("MPP")
    return None if mpp is None else (mpp, mpp), found.get("AppMag")


def tag_scale(file: tifffile.TiffFile, page: tifffile.TiffPage) -> Pair | None:
    """By the resolution tags, whose unit is an inch where none is named, or ImageJ's own."""
    unit = page.tags.valueof(296, 2)
    per_unit = PER_UNIT.get(int(unit))
    if per_unit is None and file.is_imagej:
        per_unit = _unit((file.imagej_metadata or {}).get("unit"))
    ratios = [page.tags.valueof(code) for code in (282, 283)]
    if per_unit is None or any(ratio is None or not ratio[0] or not ratio[1] for ratio in ratios):
        return None
    across, down = (per_unit * by / over for over, by in ratios)
    return across, down


def ome_scale(xml: str) -> tuple[Pair | None, float | None]:
    """µm per pixel and the objective's power of the first image of OME-XML, where it says them."""
    ome = tifffile.xml2dict(xml).get("OME", {})
    pixels = _first(_first(ome.get("Image")).get("Pixels"))
    sizes = [_length(pixels, axis) for axis in "XY"]
    objective = _first(_first(ome.get("Instrument")).get("Objective"))
    power = _float(objective.get("NominalMagnification"))
    across, down = sizes
    return (None if across is None or down is None else (across, down)), power


def _length(pixels: dict[str, Any], axis: str) -> float | None:
    size, unit = _float(pixels.get(f"PhysicalSize{axis}")), _unit(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
    return None if size is None or unit is None else size * unit


def _unit(name: object) -> float | None:
    """µm in a unit; None for pixels and other units that are no lengths."""
    text = str(name).replace("\\u00B5", "µ").replace("\N{GREEK SMALL LETTER MU}", "µ").strip()
    return UNITS.get(text)


def _first(node: Any) -> dict[str, Any]:
    node = node[0] if isinstance(node, list | tuple) and node else node
    return node if isinstance(node, dict) else {}


def _float(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _plausible(mpp: float, source: str, path: Path, limits: Pair = PLAUSIBLE) -> float:
    low, high = limits
    if not low <= mpp <= high:
        raise _refused(
            f"the {source} says an implausible resolution of {mpp:.4g} µm/px, expected {low:g} to {high:g}", path
        )
    return mpp


def _refused(found: str, path: Path) -> SlideError:
    return SlideError(found, where=str(path), fix=FIX)
