"""What is made of the appearance of slides, with exact numbers."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.measures.interval import replicate
from pipeline.evaluate.appearance import Appearance, Colours, Detail, colours
from pipeline.evaluate.judged import Judged
from pipeline.evaluate.normalizer_measures import Yardstick

TURN = np.radians(30)
UPRIGHT = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
TURNED = np.array([[np.cos(TURN), 0.0], [0.0, 1.0], [np.sin(TURN), 0.0]])  # the first stain alone, by 30 degrees


def slide(name, site, split="train", fit=None, truth=None):
    none = Path(), np.zeros(0, int)
    return Judged(name, name, site, split, *none, *none, {} if fit is None else {"matrix": fit}, truth or {})


def seen(stains, lightness=50.0, aim=False):
    moments = np.array([lightness, 0, 0, 1, 1, 1])
    now = Colours(moments[:3], moments)
    features = np.random.default_rng(0).random((4, 3)).astype(np.float32)
    return Appearance(
        np.array([1.0, 0.5]), now, now, Detail(stains, features), Detail(UPRIGHT, features) if aim else None
    )


def measured(slides, looks, target="A"):
    """(domain, metric) to the value."""
    found = {}
    for score in Yardstick(slides, looks, target, {"A", "B"}).scores():
        for name, values in replicate(score.pool, len(score.patients)).items():
            found[score.domain, score.metric(name)] = values[0, 0]
    return found


SLIDES = [slide("a", "A"), slide("b", "B", "test"), slide("c", "C", "test")]


def test_drift_is_from_the_targets_stains():
    found = measured(SLIDES, [seen(UPRIGHT, aim=True), seen(TURNED), seen(UPRIGHT)])
    drift = {name: found["all", f"stain_drift_degrees/{name}"] for name in ("haematoxylin", "second", "mean")}
    assert drift == pytest.approx({"haematoxylin": 15, "second": 0, "mean": 7.5}, abs=1e-6)
    assert found["in_domain", "stain_drift_degrees/haematoxylin"] == pytest.approx(30)
    assert found["unseen_site", "stain_drift_degrees/haematoxylin"] == pytest.approx(0, abs=1e-6)


def test_a_slide_whose_pixels_tell_no_stains_has_no_drift():
    found = measured(SLIDES, [seen(UPRIGHT, aim=True), seen(TURNED), seen(None)])
    assert found["all", "stain_drift_degrees/haematoxylin"] == pytest.approx(30)
    assert np.isnan(found["unseen_site", "stain_drift_degrees/haematoxylin"])


def test_a_slide_without_tissue_is_not_compared_with_the_target():
    looks = [seen(UPRIGHT, 50, aim=True), seen(UPRIGHT, 60), seen(UPRIGHT, np.nan)]
    found = measured(SLIDES, looks)
    assert found["all", "colour_distance/after"] == 10
    assert ("unseen_site", "colour_distance/after") not in found
    assert found["unseen_site", "ssim"] == 0.75


def test_equal_clouds_have_no_distance():
    found = measured(SLIDES, [seen(UPRIGHT, aim=True), seen(UPRIGHT), seen(UPRIGHT)])
    assert found["unseen_site", "frechet/resnet18_16_untrained"] == pytest.approx(0, abs=1e-6)


def test_without_training_slides_of_the_target_nothing_is_compared_with_it():
    found = measured(SLIDES, [seen(UPRIGHT), seen(UPRIGHT), seen(UPRIGHT)])
    assert {metric.partition("/")[0] for _, metric in found} == {
        "ssim", "colour_before", "colour_after", "colour_gap_before", "colour_gap_after",
    }  # fmt: skip


def test_errors_are_of_the_normalisers_own_fits():
    truth = {"stain_matrix": UPRIGHT.tolist()}
    known = [slide("a", "A", fit=TURNED, truth=truth), slide("b", "A", fit=UPRIGHT), slide("c", "A", truth=truth)]
    found = measured(known, [seen(None), seen(None), seen(None)])
    assert found["all", "stain_error_degrees/haematoxylin"] == pytest.approx(30)


def test_colours_are_of_tissue_alone():
    images = np.full((1, 2, 2, 3), 255, np.uint8)
    images[0, 0] = 119  # L = 50.03
    found = colours(images, np.array([True, True, False, False]))
    assert found.moments == pytest.approx([50.03, 0, 0, 0, 0, 0], abs=0.01)
    assert np.isnan(colours(images, np.zeros(4, bool)).moments).all()
