import numpy as np
import pytest
import torch
from monai.metrics import compute_panoptic_quality

from pipeline.core.measures.detection import Detection, detections, f1, of_tiles, pq, sq
from pipeline.core.measures.objects import numbered, pairs_of
from tests.core.measures.labels import CLASSES, near, rectangles


def counts(truth, found, classes=CLASSES):
    """Of (instance, mask) each."""
    (one, true), (other, made) = numbered(*truth), numbered(*found)
    return detections(true, made, pairs_of(one, other), classes)


def labels(*ids):
    """One line of pixels, objects with their class as last digit: 12 is of class 2."""
    instance = np.array([ids])
    return instance, (instance % 10).astype(np.uint8)


def test_a_match_shares_more_than_half():
    assert counts(labels(11, 11, 11, 0), labels(0, 11, 11, 11), 1)[0].tolist() == [0, 1, 1, 0]  # 2 of 4
    assert counts(labels(11, 11, 11, 0), labels(11, 11, 0, 0), 1)[0].tolist() == pytest.approx([1, 0, 0, 2 / 3])


def test_of_a_class_both_must_be_of_it():
    found = counts(labels(11, 11, 0, 22, 22), labels(11, 11, 0, 31, 31), 2)
    assert found.tolist() == [[2, 0, 0, 2], [1, 1, 0, 1], [0, 0, 1, 0]]


def test_an_object_without_a_class_counts_among_all_and_in_no_class():
    truth = np.array([[1, 1, 2, 2]]), np.array([[0, 0, 1, 1]], np.uint8)
    assert counts(truth, labels(0, 0, 21, 21), 1).tolist() == [[1, 0, 1, 1], [1, 0, 0, 1]]


def test_f1_sq_and_pq_in_closed_form():
    found = np.array([[3.0, 1, 2, 2.4], [0, 0, 0, 0], [0, 2, 1, 0]])
    assert f1(found)[[0, 2]] == pytest.approx([3 / 4.5, 0])
    assert sq(found)[0] == pytest.approx(0.8)
    assert pq(found)[[0, 2]] == pytest.approx([2.4 / 4.5, 0])
    assert np.isnan([f1(found)[1], pq(found)[1], sq(found)[1], sq(found)[2]]).all()


@pytest.mark.parametrize("seed", range(12))
def test_counts_are_those_of_monai(seed):
    rng = np.random.default_rng(seed)
    truth = rectangles(rng, 12)
    found = near(rng, *truth)
    made = counts(truth, found)
    for kind in range(CLASSES + 1):
        chosen = [
            torch.from_numpy(np.where((mask == kind) | (kind == 0), ids, 0).astype(int)) for ids, mask in (found, truth)
        ]
        expected = compute_panoptic_quality(*chosen, output_confusion_matrix=True)
        assert made[kind] == pytest.approx(expected.numpy(), abs=1e-5)


def test_pq_of_tiles_is_that_of_pannukes_code():
    """Class by class, tile by tile; of what truth does not have NaN, which means leave out."""
    rng = np.random.default_rng(0)
    tiles = [rectangles(rng, count) for count in (0, 1, 2, 6, 12)]
    found = [near(rng, *truth) for truth in tiles]
    expected = []
    for truth, made in zip(tiles, found, strict=True):
        told = []
        for kinds in (range(1, CLASSES + 1), *[[kind] for kind in range(1, CLASSES + 1)]):
            own, other = (torch.from_numpy(np.where(np.isin(m, kinds), ids, 0).astype(int)) for ids, m in (made, truth))
            told.append(float(compute_panoptic_quality(own, other)) if other.any() else np.nan)
        expected.append([told[0], np.nanmean(told[1:]) if np.isfinite(told[1:]).any() else np.nan])
    counted = np.array([counts(*pair) for pair in zip(tiles, found, strict=True)])
    assert of_tiles(counted) == pytest.approx(np.array(expected), abs=1e-5, nan_ok=True)
    assert np.isnan(of_tiles(counted)[0]).all()


def test_a_resample_of_patients_is_a_sum_of_their_counts():
    pool = Detection(np.array(["a"]), np.array([[[1, 1, 5, 0.6]] * 2, [[2.0, 0, 0, 2]] * 2]))
    found = pool.values(np.array([[1.0, 1], [0, 2]]))
    assert found["bpq"] == pytest.approx([2.6 / 6, 1])
    assert found["f1"] == pytest.approx([3 / 6, 1])
    assert found["sq"] == pytest.approx([2.6 / 3, 1])
    assert found["mpq"] == pytest.approx(found["pq/a"])


def test_a_class_without_objects_is_left_out_of_the_mean():
    patient = np.array([[[1.0, 0, 0, 0.75], [1, 0, 0, 0.75], [0, 0, 0, 0]]])
    found = Detection(np.array(["a", "b"]), patient).values(np.ones((1, 1)))
    assert found["mpq"].tolist() == [0.75]
    assert np.isnan(found["pq/b"]).all()
