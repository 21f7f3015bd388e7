from pathlib import Path

import h5py
import numpy as np

from pipeline.commands.export.folder import write_folder

from .conftest import attributes, tiles_of


def test_a_file_holds_what_clam_writes(cohort):
    write_folder("clam", Path("out"))
    assert sorted(path.name for path in Path("out/patches").iterdir()) == ["A1-HE.h5", "B1-HE.h5"]
    with h5py.File("out/patches/A1-HE.h5") as file:
        assert list(file) == ["coords"]
        data = file["coords"]
        assert data.dtype == np.int64
        assert np.array_equal(data[:], tiles_of(cohort["A1-HE"]).column("xy"))
        assert attributes(data) == {
            "patch_size": 128,
            "patch_level": 0,
            "downsample": [1.0, 1.0],
            "downsampled_level_dim": [1024, 1024],
            "level_dim": [1024, 1024],
            "name": "A1-HE",
            "save_path": "patches",
        }


def test_what_clam_reads_at_a_coordinate_is_the_tile(cohort, phantoms):
    import openslide

    write_folder("clam", Path("out"), ["A1-HE"])
    slide = openslide.OpenSlide(phantoms / "A1-HE.tif")
    with h5py.File("out/patches/A1-HE.h5") as file:
        size, level = (int(file["coords"].attrs[name]) for name in ("patch_size", "patch_level"))
        patches = [slide.read_region(xy, level, (size, size)).convert("RGB") for xy in file["coords"][:5]]
    for patch, tile in zip(patches, tiles_of(cohort["A1-HE"]).images(), strict=False):
        mean = np.asarray(patch, float).reshape(64, 2, 64, 2, 3).mean((1, 3))
        assert np.abs(mean - tile).mean() < 6  # the tile is of the pyramid's own, JPEG-coded level
