import numpy as np
import pytest
from skimage.draw import polygon2mask

from pipeline.commands.apply.labels.rings import Borders
from tests.commands.apply.labels.pictures import blobs, connected, maps_of


def followed(ids, rows=7):
    """Rings of objects, of rows that come so many at a time."""
    ids = np.asarray(ids, np.uint32)
    last = np.zeros(int(ids.max()) + 1, np.int64)
    np.maximum.at(last, ids, np.arange(len(ids))[:, None])
    borders, found = Borders(ids.shape[1], last), {}
    whole = np.pad(ids, ((0, 1), (0, 0)))
    for top in range(0, len(whole), rows):
        for number, rings in borders.add(whole[top : top + rows]):
            assert number not in found
            found[number] = rings
    return found


def drawn(shape, rings):
    """The pixels of an object, filled ring by ring."""
    filled = np.zeros(shape, int)
    for ring in rings:
        inner = polygon2mask(shape, ring.corners[:, ::-1] - 0.5)
        filled += inner if ring.area > 0 else -inner.astype(int)
    return filled


def test_a_pixel_has_four_corners_clockwise():
    ((ring,),) = followed([[0, 0, 0], [0, 1, 0]]).values()
    assert ring.area == 1
    start = ring.corners.tolist().index([1, 1])
    assert np.roll(ring.corners, -start, 0).tolist() == [[1, 1], [2, 1], [2, 2], [1, 2]]


def test_a_rectangle_over_many_strips_has_four_corners():
    ids = np.zeros((50, 20), int)
    ids[3:47, 0:20] = 1
    ((ring,),) = followed(ids).values()
    assert sorted(ring.corners.tolist()) == [[0, 3], [0, 47], [20, 3], [20, 47]]
    assert ring.area == 44 * 20


def test_a_hole_is_a_ring_the_other_way_round_and_knows_a_point_within():
    ids = np.ones((9, 9), int)
    ids[2:5, 3:8] = 0
    (rings,) = followed(ids, rows=3).values()
    assert sorted(ring.area for ring in rings) == [-15, 81]
    (hole,) = (ring for ring in rings if ring.area < 0)
    over, down = (int(place) for place in hole.beyond)
    assert ids[down, over] == 0


def test_pixels_that_touch_by_a_corner_are_joined():
    (rings,) = followed([[1, 0, 1], [1, 1, 0], [1, 1, 1]]).values()  # of two holes by the corner, one is none
    assert sorted(ring.area for ring in rings) == [7]
    (rings,) = followed([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]]).values()
    assert sorted(ring.area for ring in rings) == [-1, -1, 16]


@pytest.mark.parametrize("rows", [1, 7, 64, 500])
def test_rings_hold_the_pixels_of_their_objects(rows):
    _, ids = connected(np.moveaxis(maps_of(blobs(160, 130, 2.5)), -1, 0))
    found = followed(ids, rows)
    assert found.keys() == set(range(1, int(ids.max()) + 1))
    for number, rings in found.items():
        assert np.array_equal(drawn(ids.shape, rings), ids == number)
        assert len([ring for ring in rings if ring.area > 0]) == 1
        assert sum(ring.area for ring in rings) == (ids == number).sum()


def test_an_object_is_held_until_its_last_row_has_passed():
    borders = Borders(3, np.array([0, 0, 2]))
    assert [number for number, _ in borders.add(np.array([[1, 0, 2]], np.uint32))] == []
    assert [number for number, _ in borders.add(np.array([[0, 0, 0]], np.uint32))] == [1]
    assert [number for number, _ in borders.add(np.array([[0, 0, 2]], np.uint32))] == []
    ((number, rings),) = borders.add(np.zeros((1, 3), np.uint32))
    assert (number, [ring.area for ring in rings]) == (2, [1, 1])
