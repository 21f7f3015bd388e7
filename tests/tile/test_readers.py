import numpy as np
import pytest
import tifffile
from PIL import Image

from pipeline.core.errors import SlideError
from pipeline.tile.readers import open_image
from pipeline.tile.readers.slides import SlideReader
from pipeline.tile.readers.tiffs import TiffReader


def test_openslide_reads_the_phantom(phantoms):
    reader = open_image(phantoms / "A1-HE.tif")
    assert isinstance(reader, SlideReader)
    assert (reader.mpp, len(reader.levels)) == (0.5, 3)


def test_plain_tiff_is_read_without_openslide(write_tiff, tissue_like):
    image = tissue_like(70)
    reader = open_image(write_tiff(image, 0.25))
    assert isinstance(reader, TiffReader)
    assert reader.mpp == pytest.approx(0.25)
    assert np.array_equal(reader.read(0, 5, 7, 20, 30), image[7:37, 5:25])


def test_channels_become_red_green_blue(write_tiff):
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 4), dtype=np.uint8)
    path = write_tiff(image, photometric="separated")
    assert np.array_equal(open_image(path, [3, 1, 0]).read(0, 0, 0, 32, 32), image[..., [3, 1, 0]])
    two = open_image(path, [1, 2]).read(0, 0, 0, 32, 32)
    assert np.array_equal(two[..., :2], image[..., 1:3])
    assert not two[..., 2].any()


def test_a_channel_that_is_not_there_is_named(write_tiff):
    path = write_tiff(np.zeros((8, 8, 4), np.uint8), photometric="separated")
    with pytest.raises(SlideError, match=r"channels \[7\] of an image of 4"):
        open_image(path, [7])


def test_planar_tiff_is_turned(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 24, 32), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "p.ome.tif", image, metadata={"axes": "CYX"})
    reader = open_image(tmp_path / "p.ome.tif", [4, 0])
    assert reader.levels == [(32, 24)]
    assert np.array_equal(reader.read(0, 2, 3, 10, 8)[..., 0], image[4, 3:11, 2:12])


def test_screen_resolutions_are_no_microscopes(tmp_path):
    tifffile.imwrite(tmp_path / "s.tif", np.zeros((9, 9, 3), np.uint8), resolution=(72, 72), resolutionunit="INCH")
    assert TiffReader(tmp_path / "s.tif").mpp is None


def test_sixteen_bits_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "s.tif", np.zeros((9, 9), np.uint16))
    with pytest.raises(SlideError, match="8-bit"):
        TiffReader(tmp_path / "s.tif")


def test_pictures_know_no_resolution(tmp_path, tissue_like):
    Image.fromarray(tissue_like(20)).save(tmp_path / "a.png")
    reader = open_image(tmp_path / "a.png")
    assert reader.mpp is None
    assert np.array_equal(reader.read(0, 0, 0, 20, 20), tissue_like(20))


@pytest.mark.parametrize("name", ["a.svs", "a.tif", "a.png"])
def test_what_is_no_image_is_a_slide_error(tmp_path, name):
    (tmp_path / name).write_bytes(b"this is no image" * 100)
    with pytest.raises(SlideError) as caught:
        open_image(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.fix
