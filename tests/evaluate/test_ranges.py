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
        ("diversity/net", (0, inf)),
        ("real_diversity/unseen_patients/net", (0, inf)),
        ("kernel_distance/unseen_patients/net", (-inf, inf)),
        ("inception_score/net", (1, inf)),
        ("specificity/DAB/own", (-1, 1)),
        ("specificity_of_nuclei/DAB/composition", (0, 1)),
        ("specificity/DAB/margin", (-2, 1)),
        ("asked/other", (-inf, inf)),  # classes may bear any name
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
    names = ("few/balanced_accuracy", "linear/auroc", "dice", "i2t/R@5", "nearest/pixels/nearness", "ssim", "few/r2")
    assert [scale_of(name) for name in names] == ["share"] * 5 + ["plain"] * 2


@pytest.mark.parametrize(
    "metric", ["dice", "dice/stroma", "pq/a-b", "mpq", "aji", "tile_iou_with_background", "tile_mpq"]
)
def test_scores_of_segmenters_are_shares_those_of_a_class_too(metric):
    assert scale_of(metric) == "share"


def test_gains_of_a_class_are_no_shares_of_their_own():
    assert scale_of("dice_gain") == "plain"
