from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.commands.embed.preparation import read_preparation
from pipeline.commands.embed.slide import PreparedSlide, RawSlide
from pipeline.core.errors import SlideError
from pipeline.core.manifests.card import Preparation, Tiling
from pipeline.core.slides.slide import Slide
from pipeline.core.store.store import TileStore
from tests.commands.conftest import ENCODER

PLAIN = Preparation(stain="HE", tiling=Tiling(mpp=1.0, size=64, stride=64))


def slide(name="c-HE", **more):
    return Slide(slide_id=name, path=f"data/phantom/{name}.tif", **more)


def test_tiles_and_colours_are_those_of_the_study(finished):
    prepared = PreparedSlide.open(slide(), read_preparation(ENCODER), threads=2)
    store = TileStore(Path("data/normalized/c-HE.zarr"))
    assert np.array_equal(prepared.raw.image.grid.xy, store.column("xy"))
    assert np.array_equal(prepared.raw.image.tissue, store.column("tissue"))
    assert np.array_equal(np.concatenate(list(prepared.blocks(5))), store.images())


def test_without_a_normaliser_colours_stay(finished):
    prepared = PreparedSlide.open(slide(), PLAIN, threads=1)
    assert np.array_equal(np.concatenate(list(prepared.blocks(64))), TileStore(Path("data/tiles/c-HE.zarr")).images())


def test_blocks_are_of_the_size_asked_for(finished):
    raw = RawSlide.open(slide(), PLAIN, threads=1)
    sizes = [len(block) for block in raw.blocks(7)]
    assert set(sizes[:-1]) == {7}
    assert sum(sizes) == len(raw) == len(TileStore(Path("data/tiles/c-HE.zarr")))


def test_another_stride_overlaps(finished):
    tiling = PLAIN.tiling.model_copy(update={"stride": 32})
    raw = RawSlide.open(slide(), PLAIN.model_copy(update={"tiling": tiling}), threads=1)
    assert raw.overlap == 32
    assert {value % 64 for value in raw.image.grid.xy.ravel().tolist()} == {0}  # level-0 pixels of 0.5 µm


@pytest.mark.parametrize(("mpp", "found"), [(3.0, "the slide has 3 µm/px"), (0.02, "smaller than a tile")])
def test_a_slide_of_an_unfit_resolution_is_refused(finished, mpp, found):
    with pytest.raises(SlideError, match=found):
        RawSlide.open(slide(mpp=mpp), PLAIN, threads=1)


def test_a_slide_without_tissue_is_refused(tmp_path):
    Image.fromarray(np.full((256, 256, 3), 240, np.uint8)).save(tmp_path / "glass.png")
    empty = Slide(slide_id="glass", path=str(tmp_path / "glass.png"), mpp=1.0)
    with pytest.raises(SlideError, match="no tissue"):
        RawSlide.open(empty, PLAIN, threads=1)


def test_a_picture_of_electrons_is_turned_as_in_training_and_cut_everywhere(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "sem.png")
    tiling = PLAIN.tiling.model_copy(update={"searched": False, "invert": True})
    sem = Slide(slide_id="sem", path=str(tmp_path / "sem.png"), mpp=1.0)
    raw = RawSlide.open(sem, Preparation(stain="SEM", tiling=tiling), threads=1)
    assert len(raw) == 4
    assert np.array_equal(next(raw.blocks(4))[0, ..., 0], 255 - grey[:64, :64])


def test_a_slide_of_many_images_is_refused(tmp_path, tissue_like):
    for name in "ab":
        Image.fromarray(tissue_like(128)).save(tmp_path / f"{name}.png")
    with pytest.raises(SlideError, match="this is many"):
        RawSlide.open(Slide(slide_id="many", path=str(tmp_path), mpp=1.0), PLAIN, threads=1)
