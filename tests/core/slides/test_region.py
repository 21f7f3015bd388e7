import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SlideError
from pipeline.core.slides.region import Region
from pipeline.tile.grid import make_grid


def overlaps(borders, length):
    """Share of each cell between ``borders`` that each pixel has: (cell, pixel)."""
    left, right = borders[:-1, None], borders[1:, None]
    pixel = np.arange(length)[None]
    return np.clip(np.minimum(right, pixel + 1) - np.maximum(left, pixel), 0, None) / (right - left)


def reference(image, x, y, side, size):
    """Crop and area resampling of the whole image, by explicit weights."""
    rows, columns = (
        overlaps(start + np.linspace(0, side, size + 1), n) for start, n in zip((y, x), image.shape[:2], strict=True)
    )
    return np.einsum("iy,yxc,jx->ijc", rows, image.astype(float), columns, optimize=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 9),
    mpp=st.floats(0.2, 0.6),
    wanted=st.floats(0.6, 2.0),
    x=st.integers(0, 60),
    y=st.integers(0, 40),
)
def test_a_box_is_the_crop_and_area_mean_of_the_whole_image(write_tiff, seed, mpp, wanted, x, y):
    image = np.random.default_rng(seed).integers(0, 256, (210, 230, 3), dtype=np.uint8)
    side = 16 * wanted / mpp
    region = Region(write_tiff(image, mpp))
    box = region.box(x, y, side, 16)
    region.close()
    assert np.abs(box - reference(image, x, y, side, 16)).max() <= 0.5 + 1e-6


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(60, 400),
    height=st.integers(60, 400),
    mpp=st.sampled_from([0.25, 0.2527, 0.499, 0.5, 1.0]),
    factor=st.one_of(st.sampled_from([1.0, 2.0, 3.0, 4.0]), st.floats(1.0, 5.0)),
    size=st.integers(8, 40),
    overlap=st.sampled_from([1.0, 0.5, 0.75, 1.3]),
    tile=st.sampled_from([None, (16, 32), (64, 64)]),
)
def test_every_tile_of_a_grid_is_the_crop_of_the_whole_image(
    write_tiff, width, height, mpp, factor, size, overlap, tile
):
    image = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    region = Region(write_tiff(image, mpp, tile=tile, photometric="rgb"), mpp=mpp)
    side = size * factor
    grid = make_grid(width=region.width, height=region.height, side=side, stride=side * overlap)
    for x, y in grid.xy[:: max(1, len(grid.xy) // 6)].tolist() + grid.xy[-1:].tolist():
        box = region.box(x, y, side, size)
        assert (box.shape, box.dtype) == ((size, size, 3), np.uint8)
        assert np.abs(box - reference(image, x, y, side, size)).max() <= 0.5 + 1e-6
    region.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(200, 400),
    height=st.integers(200, 400),
    steps=st.sampled_from([(1, 2, 4), (1, 4, 16), (1, 3, 9), (1, 2), (1, 2.5, 7.3)]),
    factor=st.floats(1.0, 16.0),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_tile_keeps_its_place_and_size_between_the_levels_of_a_pyramid(tmp_path, width, height, steps, factor, place):
    """A ramp tells the physical position of every pixel: it is right to 1 % of the tile's side.

    Where levels are no whole number of times smaller, their sizes tell how much only to a pixel of theirs.
    """
    path, size = tmp_path / "ramp.tif", 16
    with tifffile.TiffWriter(path) as file:
        for step in steps:
            ys, xs = ((np.arange(int(side / step)) + 0.5) * step / side for side in (height, width))
            ramp = np.stack(np.broadcast_arrays(xs[None], ys[:, None], 0.5), -1)
            level = np.rint(ramp * 255).astype(np.uint8)
            file.write(level, tile=(64, 64), photometric="rgb", subfiletype=int(step > 1), metadata=None)
    region = Region(path, mpp=0.25)
    assert len(region.downsamples) == len(steps)
    # within what all levels show: they are cut off at their last whole pixel
    wide, high = (min(int(side / step) * step for step in steps) for side in (width, height))
    side = min(size * factor, wide, high)
    x, y = place[0] * (wide - side), place[1] * (high - side)
    box = region.box(x, y, side, size).astype(float)
    unsure = region.downsamples[region.level_for(side / size)] if 2.5 in steps else 0
    region.close()
    centres = (np.arange(size) + 0.5) * side / size
    for axis, start, length in ((0, x, width), (1, y, height)):
        found = box[..., axis].mean(axis) / 255 * length
        rounding = 1.1 * length / 255  # of the ramp's grey values, and of the box's
        assert np.abs(found - (start + centres)).max() <= 0.01 * side + rounding + unsure


@pytest.mark.parametrize(("wanted", "limit"), [(0.5, 0), (0.7, 0.5), (1.0, 1), (2.0, 1)])
def test_where_a_level_fits_it_is_the_area_mean_to_rounding(phantoms, wanted, limit):
    box, expected = box_and_reference(phantoms, wanted)
    assert np.abs(box - expected).max() <= limit


@pytest.mark.parametrize("wanted", [1.3, 1.9, 3.1])
def test_between_pyramid_levels_it_stays_in_place(phantoms, wanted):
    """A mask of nuclei, whose sharp borders are the worst case: the same picture, not moved by a pixel."""
    box, expected = box_and_reference(phantoms, wanted)
    here = np.corrcoef(box.ravel(), expected.ravel())[0, 1]
    beside = np.corrcoef(box[:, 1:].ravel(), expected[:, :-1].ravel())[0, 1]
    assert here > 0.97
    assert beside < 0.9


def box_and_reference(phantoms, wanted):
    region = Region(phantoms / "A1-nuclei.tif")
    side = 64 * wanted / 0.5
    return region.box(300, 220, side, 64), reference(region.overview(1.0), 300, 220, side, 64)


@pytest.mark.parametrize("wanted", [0.25, 0.4, 0.5, 0.77, 1.0, 1.9])
def test_an_object_keeps_its_physical_size_to_1_percent(write_tiff, wanted):
    image = np.zeros((800, 800, 3), np.uint8)
    image[200:500, 150:550] = 255  # 75 x 100 µm at 0.25 µm/px
    region = Region(write_tiff(image, 0.25))
    size = int(200 / wanted)
    tile = region.box(0, 0, size * wanted / 0.25, size)[..., 0] / 255
    high, wide = tile.max(1).sum() * wanted, tile.max(0).sum() * wanted
    assert tile.sum() * wanted**2 == pytest.approx(75 * 100, rel=0.01)
    assert high == pytest.approx(75, abs=wanted)
    assert wide == pytest.approx(100, abs=wanted)


def test_overview_in_parts_equals_the_overview_at_once(write_tiff, monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (203, 151, 3), dtype=np.uint8)
    region = Region(write_tiff(image))
    at_once = region.overview(3.7)
    monkeypatch.setattr("pipeline.core.slides.region.PART", 4000)
    assert at_once.shape == (54, 40, 3)
    assert np.array_equal(region.overview(3.7), at_once)


def test_the_next_finer_level_is_read(phantoms):
    region = Region(phantoms / "A1-HE.tif")
    assert region.downsamples == [1.0, 2.0, 4.0]
    assert [region.level_for(scale) for scale in (1, 1.9, 2, 3.9, 4, 30)] == [0, 0, 1, 1, 2, 2]


def test_cut_off_pixels_do_not_shift_a_level(tmp_path):
    path = tmp_path / "odd.tif"
    with tifffile.TiffWriter(path) as file:
        for level, side in enumerate((1003, 501, 250)):
            file.write(
                np.zeros((side, side, 3), np.uint8), tile=(256, 256), subfiletype=int(level > 0), metadata=None,
                resolution=(2e4, 2e4), resolutionunit="CENTIMETER", photometric="rgb",
            )  # fmt: skip
    assert Region(path).downsamples == [1.0, 2.0, 4.0]


def test_a_level_of_another_shape_is_not_used(tmp_path):
    path = tmp_path / "odd.tif"
    with tifffile.TiffWriter(path) as file:
        for level, shape in enumerate([(800, 1000), (400, 500), (200, 200)]):
            more = {"tile": (64, 64), "photometric": "rgb", "subfiletype": int(level > 0), "metadata": None}
            file.write(np.full((*shape, 3), 50 * level, np.uint8), **more)
    region = Region(path, mpp=0.5)
    assert region.downsamples == [1.0, 2.0, np.inf]
    assert [region.level_for(scale) for scale in (0.9, 1, 2, 4, 9)] == [0, 0, 1, 1, 1]
    assert (region.box(0, 0, 800, 80) == 50).all()


def test_an_overview_is_bounded(write_tiff, tissue_like, monkeypatch):
    region = Region(write_tiff(tissue_like(64)))
    monkeypatch.setattr("pipeline.core.slides.region.OVERVIEW", 1000)
    assert region.overview(2.1).shape == (30, 30, 3)
    with pytest.raises(SlideError, match="an overview of 64 x 64 px"):
        region.overview(1)


def test_without_resolution_the_sheet_is_named(write_tiff, tissue_like):
    with pytest.raises(SlideError, match="no resolution") as caught:
        Region(write_tiff(tissue_like(64), mpp=None))
    assert "mpp" in caught.value.fix


@pytest.mark.parametrize("mpp", [0.0001, 60.0])
def test_an_implausible_resolution_is_refused(write_tiff, tissue_like, mpp):
    path = write_tiff(tissue_like(64), mpp=0.5)
    with pytest.raises(SlideError, match="implausible"):
        Region(path, mpp=mpp)


def test_the_sheet_overrides_the_file(write_tiff, tissue_like):
    assert Region(write_tiff(tissue_like(64), mpp=0.5), mpp=0.25).mpp == 0.25


def test_counts_are_those_of_the_pixels_before_they_are_averaged(write_tiff):
    board = np.indices((64, 64)).sum(0) % 2 * 255
    image = np.stack([board, np.full((64, 64), 9), np.zeros((64, 64))], -1).astype(np.uint8)
    region = Region(write_tiff(image, 0.5))
    box, counts = region.counted_box(8, 16, 32, 16)
    assert np.array_equal(box, region.box(8, 16, 32, 16))
    region.close()
    assert set(box[..., 0].ravel().tolist()) == {128}  # 127.5
    assert {value: count for value, count in enumerate(counts[0].tolist()) if count} == {0: 512, 255: 512}
    assert counts[1, 9] == counts[2, 0] == counts.sum(1)[0] == 1024


def test_counts_of_a_box_at_the_own_resolution_are_those_of_its_pixels(write_tiff):
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    region = Region(write_tiff(image, 0.5))
    box, counts = region.counted_box(3, 5, 16, 16)
    region.close()
    assert np.array_equal(box, image[5:21, 3:19])
    assert all(np.array_equal(counts[c], np.bincount(box[..., c].ravel(), minlength=256)) for c in range(3))


@pytest.mark.parametrize(
    ("x", "y", "side", "rows", "columns"),
    [
        (4.5, 4.49, 8.0, slice(4, 12), slice(4, 12)),  # centres at 4.5 and 12.5: the first is in, the last is not
        (4.6, 0, 3.2, slice(0, 3), slice(5, 8)),
        (36, 26, 8.0, slice(26, 30), slice(36, 40)),  # what hangs over the edge does not count
    ],
)
def test_a_pixel_counts_where_its_centre_lies(write_tiff, x, y, side, rows, columns):
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    region = Region(write_tiff(image, 0.5))
    _, counts = region.counted_box(x, y, side, 2)
    region.close()
    assert np.array_equal(counts[1], np.bincount(image[rows, columns, 1].ravel(), minlength=256))
