import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipeline.commands.export.folder import write_folder
from pipeline.core.errors import ProductError

from .conftest import attributes, tiles_of


def test_a_file_holds_what_trident_writes(cohort):
    write_folder("trident", Path("out"), ["A1-HE"])
    with h5py.File("out/patches/A1-HE_patches.h5") as file:
        assert list(file) == ["coords"]
        data = file["coords"]
        assert data.dtype == np.int64
        assert data.maxshape == (None, 2)
        assert np.array_equal(data[:], tiles_of(cohort["A1-HE"]).column("xy"))
        assert attributes(data) == {
            "patch_size": 64,
            "patch_size_level0": 128,
            "level0_magnification": 20,
            "target_magnification": 10,
            "overlap": 0,
            "name": "A1-HE",
            "savetodir": ".",
            "level0_width": 1024,
            "level0_height": 1024,
        }
        kinds = {name: np.asarray(value).dtype.kind for name, value in data.attrs.items()}
        assert {name for name, kind in kinds.items() if kind == "i"} == set(kinds) - {"name", "savetodir"}


def test_the_extent_that_trident_draws_is_that_of_the_tile(cohort):
    write_folder("trident", Path("out"), ["B1-HE"])  # tiles of 128.26 px
    with h5py.File("out/patches/B1-HE_patches.h5") as file:
        given = dict(file["coords"].attrs)
    ratio = given["level0_magnification"] / given["target_magnification"]
    assert math.isclose(given["patch_size"] * ratio, 64 / 0.499)
    assert given["patch_size_level0"] == 128


def test_the_same_tiles_give_the_same_bytes(cohort):
    for name in ("one", "two"):
        write_folder("trident", Path(name))
    names = sorted(path.relative_to("one") for path in Path("one").rglob("*.h5"))
    assert [path.name for path in names] == ["A1-HE_patches.h5", "B1-HE_patches.h5"]
    assert all((Path("one") / name).read_bytes() == (Path("two") / name).read_bytes() for name in names)


@pytest.mark.parametrize("to", ["trident", "clam"])
def test_a_slide_of_many_images_is_refused_by_name(folder_slide, to):
    with pytest.raises(ProductError, match=r"made of many: many\n") as error:
        write_folder(to, Path("out"))
    assert "--to png" in error.value.fix
    assert not list(Path().glob("out*"))
