import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, label

from pipeline.tile.annotations import read_annotations
from pipeline.tile.classes import share_within
from pipeline.tile.contours import trace, write_contours
from pipeline.tile.grid import make_grid


def blobs(seed, shape=(60, 80), sigma=2.0, level=0.0):
    return gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma) > level


def area(ring):
    x, y = ring.T
    return np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2


def crossings(rings):
    """Pairs of segments, of any rings, that share a point other than the corner between neighbours."""
    start = np.concatenate([ring[:-1] for ring in rings])
    stop = np.concatenate([ring[1:] for ring in rings])

    def side(a, b, c):
        u, v = b - a, c - a
        return np.sign(np.round(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0], 9))

    a, b, c, d = start[:, None], stop[:, None], start[None], stop[None]
    proper = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    corners = np.concatenate([ring[:-1] for ring in rings])
    return np.count_nonzero(proper) + len(corners) - len(np.unique(corners, axis=0))


def rasterised(polygons, shape):
    grid = make_grid(width=shape[1], height=shape[0], side=1, stride=1)
    return share_within([polygons], grid, width=shape[1], height=shape[0]).reshape(shape) > 0.5


def test_a_square_with_a_hole():
    mask = np.zeros((20, 30), bool)
    mask[4:16, 5:25] = True
    mask[8:12, 10:20] = False
    ((outline, hole),) = trace(mask, 2.0)
    assert np.allclose([outline.min(0), outline.max(0)], [(10, 8), (50, 32)], atol=0.2)
    assert np.allclose([hole.min(0), hole.max(0)], [(20, 16), (40, 24)], atol=0.2)
    assert area(outline) == pytest.approx(4 * 240, rel=0.02)
    assert area(hole) == pytest.approx(-4 * 40, rel=0.1)


def test_an_empty_mask_has_no_outline():
    assert trace(np.zeros((5, 5), bool), 1.0) == []


def test_a_full_mask_ends_at_the_border():
    ((outline,),) = trace(np.ones((7, 9), bool), 3.0)
    assert (outline.min(0).tolist(), outline.max(0).tolist()) == ([0, 0], [27, 21])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([0.0, 0.7, 1.2, 3.0]),
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
)
def test_rings_are_closed_simple_and_apart(seed, sigma, shape):
    mask = blobs(seed, shape, sigma)
    polygons = trace(mask, 1.0)
    rings = [ring for polygon in polygons for ring in polygon]
    assert len(polygons) == label(mask, np.ones((3, 3)))[1]
    assert len(rings) - len(polygons) == label(np.pad(~mask, 1, constant_values=True))[1] - 1
    assert all(len(ring) > 3 and np.array_equal(ring[0], ring[-1]) for ring in rings)
    assert all(area(outline) > 0 and all(area(hole) < 0 for hole in holes) for outline, *holes in polygons)
    assert not rings or crossings(rings) == 0


@pytest.mark.parametrize("sigma", [1.0, 2.0, 6.0])
def test_the_mask_comes_back_from_the_file(tmp_path, sigma):
    mask = blobs(1, (150, 200), sigma)
    write_contours(tmp_path / "s.tissue.geojson", trace(mask, 16.37))
    polygons = read_annotations(tmp_path / "s.tissue.geojson")["Tissue"]
    back = rasterised([[ring / 16.37 for ring in polygon] for polygon in polygons], mask.shape)
    assert np.count_nonzero(mask & back) / np.count_nonzero(mask | back) > 0.99


def test_the_file_is_what_qupath_writes(tmp_path):
    path = tmp_path / "s.tissue.geojson"
    write_contours(path, trace(np.ones((4, 4), bool), 1.0))
    content = json.loads(path.read_text())
    (feature,) = content["features"]
    assert (content["type"], feature["type"], feature["geometry"]["type"]) == (
        "FeatureCollection",
        "Feature",
        "Polygon",
    )
    assert feature["properties"]["objectType"] == "annotation"
    assert feature["properties"]["classification"] == {"name": "Tissue", "color": [20, 110, 60]}
    assert list(tmp_path.iterdir()) == [path]


def test_a_staircase_loses_half_its_corners():
    y, x = np.mgrid[:200, :200]
    ((outline,),) = trace((x - 100) ** 2 + (y - 100) ** 2 < 90**2, 1.0)
    assert len(outline) < 300
    assert np.abs(np.hypot(*(outline - 100.5).T) - 90).max() < 1.0
