"""Objects of a picture that is labelled block by block are those of the picture as a whole."""

import numpy as np
import pytest

from pipeline.commands.apply.labels.stitched import MARGIN, SIDE
from pipeline.core.segmentation.network import SegmentationNetwork
from pipeline.core.slides.cascade import TILE
from tests.commands.apply.labels.pictures import alike, blobs, connected, ids_of, maps_of, stitched


class Plain(SegmentationNetwork):
    """Labels as networks have them that know classes alone: touching objects are told apart by their shape."""

    def __init__(self):
        super().__init__(channels=3, classes=2, multiple=1)

    def forward(self, images):
        return images

    maps = forward


def whole(mask, labels=connected):
    return labels(np.moveaxis(maps_of(mask), -1, 0))


@pytest.mark.parametrize(
    ("height", "width"), [(700, 1300), (TILE + 1, SIDE + 1), (2 * TILE, 2 * SIDE), (90, 2100), (5, 3)]
)
@pytest.mark.parametrize("coarse", [1.0, 8.0, 60.0])
def test_objects_are_those_of_the_picture_as_a_whole(height, width, coarse):
    mask = blobs(height, width, coarse)
    _, expected = whole(mask)
    found = stitched(maps_of(mask))
    ids = ids_of(found)
    assert alike(ids, expected)
    assert np.array_equal(found.objects.classes[ids], mask)
    assert found.count == expected.max()
    assert np.array_equal(np.unique(ids[ids > 0]), np.arange(1, found.count + 1))


def test_it_does_not_matter_how_many_rows_come_at_a_time():
    mask = blobs(600, 1100, 4.0)
    one, other = (ids_of(stitched(maps_of(mask), rows=rows)) for rows in (1, 450))
    assert np.array_equal(one, other)


def test_a_snake_through_many_bands_and_blocks_is_one():
    mask = np.zeros((1500, 2 * SIDE + 300), np.uint8)
    mask[10:1490, 5::40] = 1
    mask[10, 5::80] = 1
    for number, column in enumerate(range(5, mask.shape[1] - 40, 40)):
        mask[1489 if number % 2 else 10, column : column + 40] = 1
    found = stitched(maps_of(mask))
    assert found.count == 1
    assert found.objects.last.tolist() == [0, 1489]


@pytest.mark.parametrize("centre", [(TILE, 200), (TILE - 1, SIDE), (2 * TILE + 3, SIDE - 2)])
@pytest.mark.parametrize("radius", [8, 50, MARGIN + 5, 200])
def test_a_ring_around_a_border_is_one_and_what_lies_in_it_another(centre, radius):
    y, x = np.mgrid[:1000, : SIDE + 500]
    distance = np.hypot(y - centre[0], x - centre[1])
    mask = np.where(abs(distance - radius) < 2, 1, np.where(distance < radius / 3, 2, 0)).astype(np.uint8)
    found = stitched(maps_of(mask))
    assert found.count == 2
    assert np.array_equal(found.objects.classes[ids_of(found)], mask)


def test_an_object_larger_than_any_block_is_one():
    mask = np.ones((3 * TILE, 2 * SIDE), np.uint8)
    assert stitched(maps_of(mask)).count == 1
    assert stitched(maps_of(mask), Plain().labels).count == 1


def test_touching_nuclei_stay_apart_and_whole_where_blocks_meet():
    """A lattice of discs that touch their neighbours: each is found once, and but for its rim as in the whole."""
    y, x = np.mgrid[:400, :1200]
    mask = (np.hypot((y + 3) % 24 - 12, (x + 5) % 24 - 12) < 12.6).astype(np.uint8)
    _, expected = whole(mask, Plain().labels)
    found = stitched(maps_of(mask), Plain().labels)
    ids = ids_of(found)
    assert found.count == expected.max() > 700
    pairs, shared = np.unique(np.stack([ids.ravel(), expected.ravel()], 1), axis=0, return_counts=True)
    best = np.zeros(found.count + 1, int)
    np.maximum.at(best, pairs[:, 0], shared)
    assert (best > 0.95 * np.bincount(ids.ravel())).all()


def test_specks_are_background_as_they_are_in_the_whole():
    mask = np.zeros((600, 300), np.uint8)
    mask[TILE - 1 : TILE + 2, 10:13] = 1  # nine pixels, over the border
    mask[TILE - 2 : TILE + 2, 40:43] = 1  # twelve
    found = stitched(maps_of(mask), Plain().labels)
    assert found.count == 1
    assert ids_of(found)[TILE, 41] == 1
