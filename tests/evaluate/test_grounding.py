import numpy as np

from pipeline.evaluate.grounding import Grids, point

TARGET = np.array([0, 0, 1, 1, 1, 2])
ROWS = np.array([3, 5, 8, 9, 11, 20])


def test_every_picture_has_one_tile_of_the_class_that_is_asked_for():
    grids = Grids.draw(ROWS, TARGET, seed=0)
    class_of = dict(zip(ROWS.tolist(), TARGET.tolist(), strict=True))
    own = grids.tiles[np.arange(6), grids.asked]
    assert own.tolist() == ROWS.tolist()
    for picture, asked, tile in zip(grids.tiles, grids.asked, own, strict=True):
        assert [class_of[t] == class_of[tile] for t in picture.tolist()] == [place == asked for place in range(4)]
    assert np.array_equal(Grids.draw(ROWS, TARGET, seed=0).tiles, grids.tiles)


def test_no_more_than_the_limit_and_none_of_one_class():
    many = np.arange(400)
    assert len(Grids.draw(many, many % 3, seed=0).asked) == 128
    assert len(Grids.draw(ROWS, np.zeros(6, int), seed=0).asked) == 0


def test_a_picture_is_its_tiles_row_by_row():
    images = np.arange(4, dtype=np.uint8).reshape(1, 4, 1, 1, 1) * np.ones((1, 1, 2, 2, 3), np.uint8)
    (picture,) = Grids(np.zeros((1, 4), int), np.zeros(1, int)).pictures(images)
    assert picture[..., 0].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]


def test_where_the_heat_lies():
    heat = np.zeros((3, 4, 4))
    heat[0, 0, 3] = 1  # upper right
    heat[1, 3, 3], heat[1, 0, 0] = 0.4, 0.6
    heat[2] = 1 / 16  # nowhere in particular
    assert point(heat, np.array([1, 3, 2])).tolist() == [[1, 1], [0, 0.4], [0.25, 0.25]]
    assert np.isnan(point(np.full((1, 4, 4), np.nan), np.array([0]))).all()
