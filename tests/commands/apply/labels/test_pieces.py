import numpy as np
import pytest

from pipeline.commands.apply.labels.pieces import Pieces, same


def ids(text):
    return np.array([int(one) for one in text], np.uint32)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("0110220", "0330440", [[1, 3], [2, 4]]),
        ("0111110", "0330440", [[1, 3], [1, 4]]),  # one sees in parts what the other sees as one
        ("0110330", "0222220", [[1, 2], [3, 2]]),
        ("1111222", "5556666", [[1, 5], [2, 6]]),  # the border between two neighbours is a pixel elsewhere
        ("1100000", "0055550", []),
        ("1110000", "0055555", []),  # a third
        ("1100000", "0555550", [[1, 5]]),  # half of the shorter
        ("0000", "0550", []),
        ("1", "2", [[1, 2]]),
    ],
)
def test_what_lies_over_one_another_is_one(one, other, found):
    assert same(ids(one), ids(other)).tolist() == found


def add(pieces, instance, mask, top=0, count=None):
    instance, mask = np.array(instance, np.uint32), np.array(mask, np.uint8)
    return int(pieces.add(int(instance.max()) if count is None else count, mask, instance, top))


def test_objects_are_what_is_joined_over_any_number_of_pieces():
    pieces = Pieces(2)
    assert add(pieces, [[1, 0, 2]], [[1, 0, 1]]) == 0
    assert add(pieces, [[1, 1, 0, 2]], [[1, 1, 0, 2]], top=5) == 2
    assert add(pieces, [[0, 1, 0]], [[0, 1, 0]], top=9) == 4
    pieces.join(ids("10"), ids("30"))
    pieces.join(ids("30"), ids("50"))
    found = pieces.objects()
    assert found.numbers.tolist() == [0, 1, 2, 1, 3, 1]
    assert found.classes.tolist() == [0, 1, 1, 2]
    assert found.last.tolist() == [0, 9, 0, 5]
    assert (found.numbers.dtype, found.classes.dtype) == (np.uint32, np.uint8)


def test_an_object_has_the_class_of_most_of_its_pixels_and_of_two_the_first():
    pieces = Pieces(3)
    add(pieces, [[1, 1, 1, 2, 2]], [[3, 3, 3, 2, 2]])
    add(pieces, [[1, 1, 2, 2, 2]], [[2, 2, 3, 3, 1]])
    pieces.join(ids("1"), ids("3"))  # three of 3, two of 2
    pieces.join(ids("2"), ids("4"))  # two of 2, and three that are mostly 3
    assert pieces.objects().classes.tolist() == [0, 3, 3]
    even = Pieces(3)
    add(even, [[1, 1, 2, 2]], [[3, 3, 2, 2]])
    even.join(ids("1"), ids("2"))
    assert even.objects().classes.tolist() == [0, 2]


def test_what_blocks_see_in_their_margins_alone_is_no_object_but_joins():
    pieces = Pieces(1)
    add(pieces, [[1, 0, 3]], [[1, 0, 1]], count=3)  # 2 lies in the margin
    pieces.join(ids("12"), ids("22"))
    pieces.join(ids("2"), ids("3"))
    found = pieces.objects()
    assert found.numbers.tolist() == [0, 1, 0, 1]
    assert len(found.classes) == 2


def test_nothing_is_found_in_nothing():
    found = Pieces(1).objects()
    assert (found.numbers.tolist(), found.classes.tolist(), found.last.tolist()) == ([0], [0], [0])
