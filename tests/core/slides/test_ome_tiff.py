"""One file for OpenSlide, which reads the main chain of pages, and for tifffile, which follows SubIFDs."""

import numpy as np
import openslide
import pytest
import tifffile

from pipeline.core.slides.cascade import TILE
from pipeline.core.slides.ome_tiff import Picture, write_ome_tiff
from pipeline.core.slides.packing import Packing
from pipeline.core.slides.region import Region
from pipeline.core.slides.resolution import ome_scale
from pipeline.phantom.writer import pyramid

MPP = 0.2527
LOSSLESS = Packing(None)


def rows(image):
    for top in range(0, len(image), TILE):

        def tile(column, top=top):
            part = image[top : top + TILE, column * TILE : (column + 1) * TILE]
            return np.pad(part, ((0, TILE - len(part)), (0, TILE - part.shape[1]), (0, 0)), mode="edge")

        yield tile


def write(path, image, packing=LOSSLESS, threads=2):
    write_ome_tiff(path, Picture("a&b", image.shape[1], image.shape[0], MPP), rows(image), packing, threads)
    return path


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (150, 190, 3), np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), np.uint8))[:1190, :1501]


def test_openslide_reads_every_level_and_its_resolution(tmp_path, image):
    with openslide.OpenSlide(write(tmp_path / "a.ome.tif", image)) as slide:
        assert slide.properties["openslide.vendor"] == "generic-tiff"
        assert slide.level_dimensions == ((1501, 1190), (750, 595), (375, 297))
        for axis in "xy":
            assert float(slide.properties[f"openslide.mpp-{axis}"]) == pytest.approx(MPP, rel=1e-6)
        for level, (size, expected) in enumerate(zip(slide.level_dimensions, pyramid(image), strict=False)):
            found = np.asarray(slide.read_region((0, 0), level, size).convert("RGB"))
            assert np.array_equal(found, expected)


def test_tifffile_reads_one_pyramid_whose_levels_are_subifds(tmp_path, image):
    with tifffile.TiffFile(write(tmp_path / "a.ome.tif", image)) as file:
        assert file.is_ome
        assert file.is_bigtiff
        (series,) = file.series
        assert [level.shape for level in series.levels] == [(1190, 1501, 3), (595, 750, 3), (297, 375, 3)]
        assert file.pages[0].subifds == tuple(page.offset for page in file.pages[1:])
        for level, expected in zip(series.levels, pyramid(image), strict=False):
            assert np.array_equal(level.asarray(), expected)


def test_every_level_says_its_own_resolution(tmp_path, image):
    with tifffile.TiffFile(write(tmp_path / "a.ome.tif", image)) as file:
        for level, page in enumerate(file.pages):
            assert page.aspage().get_resolution("MICROMETER") == pytest.approx((1 / (MPP * 2**level),) * 2, rel=1e-6)
            assert page.aspage().subfiletype == int(level > 0)
        assert ome_scale(file.ome_metadata) == ((MPP, MPP), None)
        ome = tifffile.xml2dict(file.ome_metadata)["OME"]
    assert ome["Image"]["Name"] == "a&b"
    levels = ome["StructuredAnnotations"]["MapAnnotation"]["Value"]["M"]
    assert [(level["K"], level["value"]) for level in levels] == [(1, "750 595"), (2, "375 297")]


def test_our_own_reader_takes_it_for_a_slide(tmp_path, image):
    region = Region(write(tmp_path / "a.ome.tif", image))
    assert (region.mpp, region.width, region.height) == (pytest.approx(MPP), 1501, 1190)
    assert region.downsamples == [1.0, 2.0, 4.0]
    assert np.array_equal(region.box(300, 200, 500, 500), image[200:700, 300:800])
    region.close()


def test_jpeg_is_near_and_smaller_for_less_quality(tmp_path, tissue_like):
    image = np.kron(tissue_like(150), np.ones((8, 8, 1), np.uint8))
    sizes = []
    for quality in (95, 60):
        path = write(tmp_path / f"{quality}.ome.tif", image, Packing(quality))
        sizes.append(path.stat().st_size)
        with tifffile.TiffFile(path) as file, openslide.OpenSlide(path) as slide:
            page = file.pages[0]
            assert (page.compression, page.photometric, page.subsampling) == (7, 6, (2, 2))
            found = np.asarray(slide.read_region((0, 0), 0, slide.dimensions).convert("RGB"))
            assert np.array_equal(found, page.asarray())
        assert np.abs(found.astype(int) - image).mean() < 4
    assert sizes[0] > 1.5 * sizes[1]


def test_an_image_of_one_level_is_a_file_of_one_page(tmp_path, tissue_like):
    path = write(tmp_path / "a.ome.tif", tissue_like(200))
    with tifffile.TiffFile(path) as file, openslide.OpenSlide(path) as slide:
        assert len(file.pages) == len(file.series[0].levels) == slide.level_count == 1
        assert np.array_equal(file.asarray(), tissue_like(200))


def test_threads_change_no_byte(tmp_path, image):
    one, other = (write(tmp_path / f"{threads}.tif", image, Packing(), threads) for threads in (1, 3))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("error", [OSError("no space left on device"), KeyboardInterrupt()])
def test_what_is_interrupted_leaves_nothing(tmp_path, image, error):
    def broken():
        yield from list(rows(image))[:2]
        raise error

    with pytest.raises(type(error)):
        write_ome_tiff(tmp_path / "a.ome.tif", Picture("a", 1501, 1190, MPP), broken(), Packing(), 2)
    assert list(tmp_path.iterdir()) == []


def test_a_tile_that_cannot_be_made_leaves_nothing(tmp_path, image):
    def tile(column):
        raise ValueError("cannot be decoded")

    with pytest.raises(ValueError, match="cannot be decoded"):
        write_ome_tiff(tmp_path / "a.ome.tif", Picture("a", 1501, 1190, MPP), [tile] * 5, Packing(), 2)
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_the_partial_file_is_to_be_seen_meanwhile(tmp_path, image):
    seen = []

    def watched():
        for row in rows(image):
            yield row
            seen.append(sorted(path.name for path in tmp_path.iterdir()))

    write_ome_tiff(tmp_path / "a.ome.tif", Picture("a", 1501, 1190, MPP), watched(), Packing(), 2)
    assert seen == [["a.ome.tif.partial"]] * 5
    assert [path.name for path in tmp_path.iterdir()] == ["a.ome.tif"]
