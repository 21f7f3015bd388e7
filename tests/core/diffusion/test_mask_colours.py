import numpy as np

from pipeline.core.diffusion.mask_colours import BORDER, COLOURS, coloured, css, outlined


def test_classes_have_colours_and_nuclei_dark_borders():
    mask, instance = np.zeros((1, 9, 9), np.uint8), np.zeros((1, 9, 9), np.uint16)
    mask[0, 2:7, 2:7], instance[0, 2:7, 2:7] = 2, 5
    found = coloured(mask, instance)
    assert (found[0, 0, 0] == COLOURS[0]).all()
    assert (found[0, 4, 4] == COLOURS[2]).all()
    assert (found[0, 2, 2:7] == BORDER).all()
    assert (found[0, 1] == COLOURS[0]).all()  # the background beside a nucleus stays as it is


def test_colours_come_again_beyond_the_last():
    last = len(COLOURS) - 1
    mask = np.full((1, 3, 3), last + 1, np.uint8)
    assert (coloured(mask, np.ones((1, 3, 3), np.uint16)) == COLOURS[1]).all()
    assert (coloured(mask - 1, np.ones((1, 3, 3), np.uint16)) == COLOURS[last]).all()


def test_outlines_lie_over_tissue_and_nothing_else_does():
    mask, instance = np.zeros((1, 9, 9), np.uint8), np.zeros((1, 9, 9), np.uint16)
    mask[0, 2:7, 2:7], instance[0, 2:7, 2:7] = 2, 5
    found = outlined(np.full((1, 9, 9, 3), 7, np.uint8), mask, instance)[0]
    assert (found[2, 2:7] == COLOURS[2]).all()
    assert (found[3:6, 3:6] == 7).all()
    assert (found[mask[0] == 0] == 7).all()
    whole = np.ones((1, 9, 9), np.uint8)
    assert (outlined(np.full((1, 9, 9, 3), 7, np.uint8), whole, whole) == 7).all()  # the tile cuts it: no end there


def test_a_legend_has_the_colours_of_the_classes():
    assert css(2) == "#" + bytes(COLOURS[2].tolist()).hex()
    assert css(len(COLOURS)) == css(1)
