import numpy as np
import pytest

from pipeline.core.diffusion.nuclei import instances_of, without_small

Y, X = np.mgrid[:48, :48]


def disc(y: float, x: float, radius: float) -> np.ndarray:
    return (Y - y) ** 2 + (X - x) ** 2 <= radius**2


def mask(*discs: tuple[int, np.ndarray]) -> np.ndarray:
    """One mask of discs and their classes, uint8 (1, y, x)."""
    found = np.zeros((48, 48), np.uint8)
    for name, here in discs:
        found[here] = name
    return found[None]


def test_parts_of_fewer_than_20_pixels_go_and_others_stay_as_they_are():
    found = np.zeros((1, 16, 16), np.uint8)
    found[0, :4, :5], found[0, 6:10, 6:10], found[0, 12, :19] = 1, 1, 2  # 20, 16 and 16 pixels
    assert (without_small(found) == np.where(np.arange(16)[:, None] < 4, found, 0)).all()
    assert found[0, 7, 7] == 1  # what was handed over is as it was


def test_a_part_is_of_one_class():
    found = np.zeros((1, 16, 16), np.uint8)
    found[0, :4, :5], found[0, :4, 5:8] = 1, 2  # 12 pixels of the second, at its border
    assert np.unique(without_small(found)).tolist() == [0, 1]


def test_nothing_stays_nothing():
    nothing = np.zeros((2, 8, 8), np.uint8)
    assert not without_small(nothing).any()
    assert not instances_of(nothing).any()
    assert instances_of(nothing[:0]).shape == (0, 8, 8)


def test_nuclei_apart_have_an_id_each():
    found = instances_of(mask((1, disc(10, 10, 5)), (2, disc(30, 12, 6)), (1, disc(20, 36, 7))))[0]
    assert found.dtype == np.uint16
    assert np.unique(found).tolist() == [0, 1, 2, 3]
    assert {int(found[10, 10]), int(found[20, 36])} == {1, 2}  # those of the first class come first
    assert found[30, 12] == 3


@pytest.mark.parametrize("gap", [9, 11])
def test_nuclei_of_a_class_that_touch_are_parted_where_they_meet(gap):
    first, second = disc(24, 24 - gap / 2, 6), disc(24, 24 + gap / 2, 6)
    found = instances_of(mask((1, first | second)))[0]
    assert np.unique(found).tolist() == [0, 1, 2]
    assert len(np.unique(found[first & ~second & (X < 22)])) == 1
    assert ((found > 0) == (first | second)).all()


def test_a_round_or_a_long_nucleus_stays_whole():
    long = ((Y - 24) / 4) ** 2 + ((X - 24) / 14) ** 2 <= 1
    for here in (disc(24, 24, 3), disc(24, 24, 12), long):
        assert instances_of(mask((1, here))).max() == 1


def test_nuclei_of_two_classes_are_two_however_they_touch():
    assert np.unique(instances_of(mask((1, disc(24, 20, 6)), (2, disc(24, 26, 6))))).tolist() == [0, 1, 2]


def test_no_part_of_the_watershed_is_a_speck():
    rng = np.random.default_rng(0)
    rough = without_small((rng.random((4, 48, 48)) < 0.62).astype(np.uint8))
    found = instances_of(rough)
    assert ((found > 0) == (rough > 0)).all()
    for ids in found:
        sizes = np.bincount(ids.ravel())[1:]
        assert (sizes >= 20).all()


def test_a_tile_that_nuclei_fill_is_split_too():
    assert (instances_of(np.ones((1, 16, 16), np.uint8)) == 1).all()
