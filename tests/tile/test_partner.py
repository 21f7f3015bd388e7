import numpy as np
import pytest

from pipeline.core.errors import SlideError
from pipeline.tile.partner import check_complete, check_images, check_reach


def test_a_complete_partner_of_the_same_frame_passes():
    check_complete("h", "", "", where="i.tif")
    check_images("h", 2, images=2, where="i.tif")
    check_reach(np.array([100.0, 80.0]), width=100, height=80, where="i.tif")


@pytest.mark.parametrize(
    ("check", "error"),
    [
        (lambda: check_complete("h", "no tissue", "look", where="i.tif"), "its partner h is quarantined: no tissue"),
        (lambda: check_images("h", 2, images=1, where="i.tif"), "1 images, but its partner h has 2"),
        (lambda: check_reach(np.array([9.0, 8.5]), width=9, height=8, where="i.tif"), "beyond this slide of 9 x 8 px"),
    ],
)
def test_what_does_not_fit_is_told(check, error):
    with pytest.raises(SlideError, match=error) as caught:
        check()
    assert caught.value.where == "i.tif"
    assert caught.value.fix
