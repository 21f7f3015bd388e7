"""Tiles for TRIDENT."""

from pathlib import Path
from typing import Any

from pipeline.commands.export.complete import CompleteSlide
from pipeline.commands.export.hdf5 import Cut, one_frame, write_coordinates
from pipeline.core.console import track


def write_trident(slides: list[CompleteSlide], folder: Path) -> None:
    """Writes ``patches/{slide}_patches.h5`` per slide; ``folder`` is what TRIDENT calls ``coords_dir``.

    Source: ``coords_to_h5`` in trident/IO.py and ``extract_tissue_coords`` in trident/wsi_objects/WSI.py of
    mahmoodlab/TRIDENT. It takes a magnification for 10 / (µm/px) and draws a patch's extent from the ratio of two; so
    they are written unrounded, 19.8 rather than a nominal 20, and its patches cover what the tiles cover. ``savetodir``
    is relative, for the folder may be moved.
    """
    for slide in track(one_frame(slides), "TRIDENT"):
        path = folder / "patches" / f"{slide.name}_patches.h5"
        write_coordinates(path, slide.store.column("xy"), attributes(slide))


def attributes(slide: Cut) -> dict[str, Any]:
    """Those of ``coords``."""
    return {
        "patch_size": slide.size,
        "patch_size_level0": round(slide.side_level0),
        "level0_magnification": _magnification(slide.level0.mpp),
        "target_magnification": _magnification(slide.mpp),
        "overlap": slide.overlap,
        "name": slide.name,
        "savetodir": ".",
        "level0_width": slide.level0.width,
        "level0_height": slide.level0.height,
    }


def _magnification(mpp: float) -> float:
    """An int where it is whole, as TRIDENT has it."""
    exact = 10 / mpp
    return round(exact) if abs(exact - round(exact)) < 1e-6 else exact
