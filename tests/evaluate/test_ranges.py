from math import inf

import pytest

from pipeline.evaluate.ranges import range_of, scale_of


@pytest.mark.parametrize(
    ("metric", "within"),
    [
        ("ssim", (-1, 1)),
        ("few/r2", (-inf, 1)),
        ("few@0.5/spearman", (-1, 1)),
        ("agreement", (-2, 2)),
        ("colour_distance/after", (0, inf)),
        ("frechet/resnet18_16_untrained", (0, inf)),
        ("stain_drift_degrees/mean", (0, inf)),
        ("colour_after/dispersion", (0, inf)),
        ("colour_gap_before/ssim-r2", (0, inf)),  # sites may bear any name
        ("few/r2_gain", (-inf, inf)),
        ("few/balanced_accuracy_gain", (-inf, inf)),
        ("colour", (-inf, inf)),
    ],
)
def test_a_measure_ends_where_it_cannot_go_on(metric, within):
    assert range_of(metric) == within


def test_shares_have_a_scale_of_their_own():
    names = ("few/balanced_accuracy", "linear/auroc", "dice", "i2t/R@5", "ssim", "few/r2")
    assert [scale_of(name) for name in names] == ["share"] * 4 + ["plain"] * 2


@pytest.mark.parametrize("metric", ["dice", "dice/stroma", "pq/a-b", "mpq", "aji", "tile_iou_with_background"])
def test_scores_of_segmenters_are_shares_those_of_a_class_too(metric):
    assert scale_of(metric) == "share"


def test_gains_of_a_class_are_no_shares_of_their_own():
    assert scale_of("dice_gain") == "plain"
