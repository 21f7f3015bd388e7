import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SlideError
from pipeline.core.slides.labels import LabelImage
from pipeline.core.slides.region import Region
from pipeline.phantom.make import make_phantom
from pipeline.phantom.writer import write_planes
from tests.phantom.jobs import phantom_job


def planes(height, width, seed=0, top=1 << 20):
    """Instance ids, and the class ids they belong to."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, top, (-(-height // 5), -(-width // 5)), np.uint32)
    instance = ids.repeat(5, 0).repeat(5, 1)[:height, :width]
    return instance, np.where(instance > 0, 1 + instance % 4, 0).astype(np.uint32)


def brute(plane, x, y, side, size):
    """Pixel by pixel: the one whose centre is nearest to that of the answer's; of two, the lower right one."""
    found = np.empty((size, size), plane.dtype)
    for row in range(size):
        for column in range(size):
            cy, cx = y + (row + 0.5) * side / size, x + (column + 0.5) * side / size
            by_row = np.abs(np.arange(plane.shape[0]) + 0.5 - cy)
            by_column = np.abs(np.arange(plane.shape[1]) + 0.5 - cx)
            down = len(by_row) - 1 - np.argmin(by_row[::-1].round(5))
            over = len(by_column) - 1 - np.argmin(by_column[::-1].round(5))
            found[row, column] = plane[down, over]
    return found


def open_files():
    """How many this process has open; 0 where that cannot be told."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A label image of 300 x 520 px in segments of 256, and its planes."""
    path = tmp_path_factory.mktemp("labels") / "x.instances.tif"
    instance, kind = planes(300, 520)
    write_planes(path, instance, kind)
    image = LabelImage(path)
    yield image, instance, kind
    image.close()


@settings(max_examples=60, deadline=None)
@given(
    x=st.integers(-8, 560) | st.floats(-8, 560).map(lambda value: round(value, 2)),
    y=st.integers(-8, 340),
    side=st.integers(1, 300) | st.sampled_from([64.0, 127.5, 33.3]),
    size=st.integers(1, 24),
)
def test_any_tile_is_the_nearest_labels(opened, x, y, side, size):
    image, instance, kind = opened
    mask, ids = image.tile(x, y, side, size)
    assert (mask.dtype, ids.dtype) == (np.uint8, np.uint32)
    assert np.array_equal(mask, brute(kind, x, y, side, size))
    assert np.array_equal(ids, brute(instance, x, y, side, size))


def test_a_tile_at_the_images_own_resolution_is_cut_out(opened):
    image, instance, kind = opened
    mask, ids = image.tile(200, 40, 256, 256)
    assert np.array_equal(ids, instance[40:296, 200:456])
    assert np.array_equal(mask, kind[40:296, 200:456])


def test_at_half_the_resolution_every_other_label_is_taken(opened):
    image, instance, _ = opened
    assert np.array_equal(image.tile(200, 40, 256, 128)[1], instance[41:297:2, 201:457:2])


def test_a_tile_is_where_the_slide_has_its_image(tmp_path):
    """The mask slide is white where the phantom's ids are, and what is white all over at half the size has an id."""
    job = phantom_job(tmp_path, "A1-nuclei", stain="nuclei")
    make_phantom(job)
    region, image = Region(job.outputs["slide"]), LabelImage(job.outputs["instances"])
    same, half = region.box(256, 384, 256, 256)[..., 0], region.box(256, 384, 256, 128)[..., 0]
    assert np.array_equal(same == 255, image.tile(256, 384, 256, 256)[0] > 0)
    inside = image.tile(256, 384, 256, 128)[1] > 0
    assert np.all(inside[half == 255])
    assert not np.any(inside[half == 0])
    region.close()
    image.close()


@pytest.mark.parametrize(("dtype", "given"), [(np.uint8, "uint16"), (np.uint16, "uint16"), (np.uint32, "uint32")])
def test_ids_are_as_wide_as_in_the_file(tmp_path, dtype, given):
    instance, kind = planes(64, 64, top=200)
    stack = np.stack([instance, kind]).astype(dtype)
    tifffile.imwrite(tmp_path / "x.tif", stack, tile=(32, 32), photometric="minisblack", metadata=None)
    image = LabelImage(tmp_path / "x.tif")
    assert image.dtype == given
    assert image.tile(0, 0, 64, 64)[1].dtype == np.dtype(given)
    assert np.array_equal(image.tile(0, 0, 64, 64)[1], instance)
    image.close()


def test_what_is_of_an_object_or_of_a_class_alone_is_background(tmp_path):
    instance, kind = np.zeros((2, 32, 32), np.uint16)
    instance[:8], kind[4:12] = 7, 2
    write_planes(tmp_path / "x.tif", instance, kind)
    image = LabelImage(tmp_path / "x.tif")
    mask, ids = image.tile(0, 0, 32, 32)
    assert (mask.dtype, ids.dtype) == (np.uint8, np.uint32)
    assert np.unique(mask[4:8]).tolist() == [2]
    assert np.unique(ids[4:8]).tolist() == [7]
    mask[4:8], ids[4:8] = 0, 0
    assert not mask.any()
    assert not ids.any()
    image.close()


def test_strips_can_be_read(tmp_path):
    instance, kind = planes(64, 48)
    tifffile.imwrite(tmp_path / "x.tif", np.stack([instance, kind]), photometric="minisblack", rowsperstrip=16)
    image = LabelImage(tmp_path / "x.tif")
    assert np.array_equal(image.tile(0, 0, 48, 48)[1], instance[:48])
    image.close()


def test_threads_share_it(opened):
    image, instance, _ = opened
    corners = [(x, y) for x in range(0, 456, 60) for y in range(0, 236, 40)] * 4
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda corner: image.tile(*corner, 64, 64)[1], corners))
    assert all(
        np.array_equal(ids, instance[y : y + 64, x : x + 64]) for ids, (x, y) in zip(found, corners, strict=True)
    )


def test_memory_is_of_segments_and_not_of_the_image(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.core.slides.labels.CACHE", 1 << 20)
    instance = np.arange(2048, dtype=np.uint32)[:, None].repeat(2048, 1)
    write_planes(tmp_path / "x.tif", instance, 1 + instance % 4)
    tracemalloc.start()
    image = LabelImage(tmp_path / "x.tif")
    for start in range(0, 2048, 128):
        assert image.tile(start, start, 128, 64)[1][0, 0] == start + 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    image.close()
    assert peak < 4 << 20  # a page is 16 MB


@pytest.mark.parametrize(
    "stack",
    [np.zeros((3, 32, 32), np.uint8), np.zeros((2, 32, 32), np.float32), np.zeros((2, 32, 32, 3), np.uint8)],
    ids=["three pages", "fractions", "colours"],
)
def test_another_tiff_is_no_label_image(tmp_path, stack):
    kind = "rgb" if stack.ndim == 4 else "minisblack"
    tifffile.imwrite(tmp_path / "x.tif", stack, photometric=kind, metadata=None)
    with pytest.raises(SlideError, match="no label image"):
        LabelImage(tmp_path / "x.tif")


def test_a_class_beyond_what_a_mask_holds(tmp_path):
    instance = np.ones((32, 32), np.uint32)
    write_planes(tmp_path / "x.tif", instance, instance * 300)
    image = LabelImage(tmp_path / "x.tif")
    with pytest.raises(SlideError, match="class id 300, expected at most 255"):
        image.tile(0, 0, 32, 32)
    image.close()


@pytest.mark.parametrize("content", [b"", b"II*\0", b"no picture at all"])
def test_a_damaged_file_is_told_and_closed(tmp_path, content):
    (tmp_path / "x.tif").write_bytes(content)
    before = open_files()
    with pytest.raises(SlideError, match="cannot open the label image"):
        LabelImage(tmp_path / "x.tif")
    assert open_files() == before


def test_a_segment_that_was_never_written_is_background(tmp_path):
    instance, kind = planes(64, 64)
    write_planes(tmp_path / "x.tif", instance + 1, kind)
    image = LabelImage(tmp_path / "x.tif")
    image._pages[0]._planes[0] = type(image._pages[0]._planes[0])((0,), (0,))
    assert not image.tile(0, 0, 64, 64)[1].any()
    image.close()
