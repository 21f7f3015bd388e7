import numpy as np
import pytest
import torch

from pipeline.core.segmentation.hover_maps import hover_maps
from pipeline.core.segmentation.hover_objects import energy, objects_of

Y, X = np.mgrid[:40, :40]


def disc(y: float, x: float, radius: float) -> np.ndarray:
    return (Y - y) ** 2 + (X - x) ** 2 <= radius**2


def drawn(*parts: np.ndarray) -> np.ndarray:
    instance = np.zeros((40, 40), np.int64)
    for name, here in enumerate(parts, 1):
        instance[here] = name
    return instance


def maps_of(instance: np.ndarray) -> np.ndarray:
    return hover_maps(torch.from_numpy(instance)[None])[0].numpy()


def found_in(instance: np.ndarray, **options) -> np.ndarray:
    return objects_of(instance > 0, maps_of(instance), **{"smooth": 1.0, "least": 10, **options})


def test_energy_is_1_where_two_meet_half_where_one_ends_and_0_within():
    instance = np.zeros((40, 40), np.int64)
    instance[:, 4:20], instance[:, 20:36] = 1, 2
    found = energy(maps_of(instance), 1.0)[20]
    assert found[19:21] == pytest.approx([0.85, 0.85], abs=0.1)
    assert found[[3, 4, 35, 36]] == pytest.approx([0.42] * 4, abs=0.1)
    assert not found[8:16].any()


@pytest.mark.parametrize("gap", [6, 9, 11])
def test_objects_that_overlap_in_the_mask_are_told_apart(gap):
    instance = drawn(disc(20, 20 - gap / 2, 6), disc(20, 20 + gap / 2, 6))
    found = found_in(instance)
    assert found.dtype == np.uint32
    assert ((found > 0) == (instance > 0)).all()
    assert found.max() == 2
    wrong = min((found != instance).sum(), (found != np.where(instance > 0, 3 - instance, 0)).sum())
    assert wrong <= 6


def test_a_small_object_without_a_middle_is_not_lost():
    small = drawn((Y >= 10) & (Y < 12) & (X >= 10) & (X < 16))
    assert found_in(small).max() == 1
    assert (found_in(small) == small).all()


def test_specks_are_background():
    instance = drawn(disc(10, 10, 5), (Y == 30) & (X >= 30) & (X < 39))
    assert np.unique(found_in(instance)[30]).tolist() == [0]
    assert found_in(instance, least=9).max() == 2


def test_an_object_is_the_same_in_any_area():
    instance = drawn(disc(12, 10, 6), disc(12, 19, 6), disc(32, 30, 5))
    whole, part = found_in(instance), objects_of(instance[:24] > 0, maps_of(instance)[:, :24], smooth=1.0, least=10)
    assert (whole[:20] == part[:20]).all()


def test_an_area_without_objects():
    assert not objects_of(np.zeros((5, 7), bool), np.zeros((2, 5, 7), np.float32), smooth=1.0, least=10).any()
