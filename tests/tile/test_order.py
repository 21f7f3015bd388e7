import pytest

from pipeline.core.errors import SlideError
from pipeline.tile.order import check_order


@pytest.mark.parametrize(
    ("theirs", "own"),
    [
        (["img_1.png", "img_10.png"], ["img_10_mask.png", "img_1_mask.png"]),
        (["1.png", "10.png", "2.png"], ["10_seg.png", "1_seg.png", "2_seg.png"]),
        (["10-he.png", "1-he.png"], ["1.png", "10.png"]),
        (["a.png", "b.png"], ["b.npy", "a.npy"]),
    ],
)
def test_names_may_say_another_order(theirs, own):
    with pytest.raises(SlideError, match=f"'{own[0]}' stands at the place of '{theirs[0]}' of its partner h") as caught:
        check_order("h", theirs, own, where="masks")
    assert caught.value.where == "masks"
    assert "sort alike" in caught.value.fix


@pytest.mark.parametrize(
    ("theirs", "own"),
    [
        (["img_1.png", "img_2.png"], ["img_1_mask.png", "img_2_mask.png"]),
        (["image_10.png", "image_9.png"], ["mask_10.png", "mask_9.png"]),
        (["x.png", "y.png"], ["masks", "masks"]),
        (["1.png", "2.png"], ["slide_2_1.png", "slide_2_2.png"]),  # each holds a 2: which is meant?
        (["i.png", "i.png"], ["i_b.png", "i_a.png"]),
        (["000000", "000001"], ["000000", "000001"]),
        (["a.png", "b.png"], ["c.png", "a.png"]),
    ],
)
def test_nothing_is_said_of_names_that_agree_or_say_nothing(theirs, own):
    check_order("h", theirs, own, where="masks")


def test_many_names_take_no_time():
    names = [f"site-1_case-{number:05d}_crop_{number % 7}" for number in range(20_000)]
    check_order("h", [f"{name}.png" for name in names], [f"{name}_mask.png" for name in names], where="masks")
