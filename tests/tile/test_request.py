from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import SlideError
from pipeline.core.slides.slide import Slide
from pipeline.tile.request import Request
from tests.conftest import TILE, row


def request(**spec):
    return Request.of({**TILE, **spec}, Slide(**row("s", "s.tif")), None)


def test_a_section_may_hold_more_than_is_asked_of_tiles():
    asked = Request.of({**TILE, "phantom": None, "slide": {}}, Slide(**row("s", "s.tif")), Path("s.h5"))
    assert (asked.slide.slide_id, asked.given, asked.um) == ("s", Path("s.h5"), 64.0)


def test_a_slide_5_percent_coarser_than_its_tiles_is_fine_enough():
    request(mpp=0.5).check_resolution(0.525, "s.tif")
    with pytest.raises(SlideError, match=r"the slide has 0\.526 µm/px, the study asks for 0\.5"):
        request(mpp=0.5).check_resolution(0.526, "s.tif")


def test_tiles_are_wanted_between_two_shares_unless_another_tool_chose_them():
    shares = np.array([0.1, 0.5, 0.9, 1.0], np.float32)
    assert request(min_tissue=0.5, max_tissue=0.9).wanted(shares).tolist() == [False, True, True, False]
    assert request(coordinates="given").wanted(shares).all()


def test_the_own_grid_is_in_level_0_pixels():
    grid = request(size=64, stride=32, mpp=1.0).own_grid(width=300, height=128, mpp=0.5)
    assert grid.side == 128
    assert grid.xy.tolist() == [[0, 0], [64, 0], [128, 0]]
