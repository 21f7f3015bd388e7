"""Tiles for CLAM."""

from pathlib import Path

from pipeline.commands.export.complete import CompleteSlide
from pipeline.commands.export.hdf5 import one_frame, write_coordinates
from pipeline.core.console import track


def write_clam(slides: list[CompleteSlide], folder: Path) -> None:
    """Writes ``patches/{slide}.h5`` per slide; ``folder`` is what CLAM calls ``data_h5_dir``.

    Source: ``process_contour`` in wsi_core/WholeSlideImage.py and ``Whole_Slide_Bag_FP`` in
    dataset_modules/dataset_h5.py of mahmoodlab/CLAM. It reads whole pixels of a level of the pyramid and scales them to
    the encoder's size; so the patch is written in pixels of level 0, which every slide has, and of the nearest whole
    side. ``save_path`` is relative, for the folder may be moved.
    """
    for slide in track(one_frame(slides), "CLAM"):
        level0 = (slide.level0.width, slide.level0.height)
        attributes = {
            "patch_size": round(slide.side_level0),
            "patch_level": 0,
            "downsample": (1.0, 1.0),
            "downsampled_level_dim": level0,
            "level_dim": level0,
            "name": slide.name,
            "save_path": "patches",
        }
        write_coordinates(folder / "patches" / f"{slide.name}.h5", slide.store.column("xy"), attributes)
