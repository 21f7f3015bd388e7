import numpy as np

from pipeline.report.masks import COLOURS, GROUND, coloured, css, outlined

MASK = np.zeros((6, 6), np.uint8)
MASK[1:5, 1:5] = 2
INSTANCE = np.zeros((6, 6), np.uint16)
INSTANCE[1:5, 1:3], INSTANCE[1:5, 3:5] = 1, 2


def test_every_class_has_its_colour():
    picture = coloured(MASK)
    assert (picture[0] == GROUND).all()
    assert (picture[2, 2] == COLOURS[1]).all()
    assert css(2) == "#e69f00"
    assert css(9) == css(2)  # there are seven


def test_borders_of_nuclei_are_drawn_and_nothing_else():
    image = np.full((6, 6, 3), 7, np.uint8)
    drawn = (outlined(image, MASK, INSTANCE) != 7).any(-1)
    assert (drawn == (MASK > 0)).all()  # of nuclei two pixels wide all is border
    wide = np.full((6, 6), 3, np.uint16)
    assert (
        outlined(image, np.full((6, 6), 1, np.uint8), wide) == 7
    ).all()  # a tile cuts a nucleus, which has no end there
