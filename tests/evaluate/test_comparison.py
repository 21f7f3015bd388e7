import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.evaluate.comparison import compare, compare_all, log_reduction
from pipeline.evaluate.replicates import Measured, Replicates

SEEDS, DRAWS, PATIENTS = 3, 2, 4


def subject(name, values, *, seeds=(0, 1, 2), paired="same", metric="few/balanced_accuracy", more=None):
    """Replicates whose every value is that of its seed, the same for all draws and patients."""
    metrics = {metric: values, **(more or {})}
    filled = {
        metric: np.broadcast_to(np.reshape(v, (-1, 1, 1)), (np.size(v), DRAWS, 1 + PATIENTS)).astype(float)
        for metric, v in metrics.items()
    }
    behind = Measured(tuple("abcd"), 40, paired)
    return Replicates(name, "task", "in_domain", tuple(seeds), filled, dict.fromkeys(filled, behind))


def test_seeds_are_paired_so_that_what_they_share_cancels():
    base, arm = subject("base", [0.4, 0.5, 0.6]), subject("arm", [0.5, 0.6, 0.7])
    gain = compare(arm, base).gain
    assert gain.value == pytest.approx(0.1)
    assert gain.variance == pytest.approx(0, abs=1e-12)
    assert compare(subject("arm", [0.7, 0.6, 0.5]), base).gain.variance == pytest.approx(
        np.var([0.3, 0.1, -0.1], ddof=1) / 3
    )


def test_seeds_are_paired_by_name():
    base = subject("base", [0.1, 0.2, 0.3, 0.4], seeds=(0, 1, 2, 3))
    arm = subject("arm", [0.5, 0.4], seeds=(3, 2))
    assert compare(arm, base).seeds == compare(base, arm).seeds == 2
    found = compare(arm, base).gain
    assert found.value == pytest.approx(0.1)
    assert found.variance == pytest.approx(0, abs=1e-12)


def test_what_has_no_seeds_is_the_same_for_all():
    compared = compare(subject("arm", [0.5, 0.6, 0.7]), subject("colour", [0.5], seeds=()))
    gain = compared.gain
    assert compared.seeds == 3
    assert gain.value == pytest.approx(0.1)
    assert gain.variance == pytest.approx(0.1**2 / 3)


def test_without_a_seed_in_common_there_is_no_comparison():
    with pytest.raises(ProductError, match="arm and base have no seed in common"):
        compare(subject("arm", [0.5], seeds=(7,)), subject("base", [0.5, 0.6]))


def test_different_tiles_are_not_compared():
    with pytest.raises(ProductError, match="arm and base were scored on different tiles of task"):
        compare(subject("arm", [0.5], seeds=()), subject("base", [0.5], seeds=(), paired="other"))


def test_every_metric_that_both_have_gets_a_gain():
    more = {"linear/accuracy": [0.9], "linear/other": [1.0], "knn/auroc": [0.8]}
    base = {"linear/accuracy": [0.8], "linear/other": [1.0]}
    found = compare(subject("arm", [0.7], seeds=(), more=more), subject("base", [0.5], seeds=(), more=base))
    assert set(found.gains) == {"few/balanced_accuracy_gain", "linear/accuracy_gain", "linear/error_reduction"}
    assert found.gains["linear/accuracy_gain"].value == pytest.approx(0.1)
    assert np.exp(found.gains["linear/error_reduction"].value) == pytest.approx(2)


def test_what_an_arm_adds_to_colour_is_told_by_the_probe_that_sees_both():
    arm = subject("arm", [0.7], seeds=(), more={"few_colour/balanced_accuracy": [0.8]})
    colour = subject("colour", [0.6], seeds=())
    found = compare(arm, colour)
    assert found.gains["few/balanced_accuracy_gain"].value == pytest.approx(0.1)
    assert found.gain.value == pytest.approx(0.2)
    own = compare(arm, subject("base", [0.6], seeds=(), more={"few_colour/balanced_accuracy": [0.75]}))
    assert own.gains["few_colour/balanced_accuracy_gain"].value == pytest.approx(0.05)
    assert own.gain.value == pytest.approx(0.1)


def test_every_arm_is_compared_with_all_that_it_has_to_be():
    arms = [subject(name, [0.5], seeds=()) for name in ("a", "b", "c")]
    found = compare_all(arms, {"a": ["b", "c", "not scored"], "b": ["c"]})
    assert [(c.arm.subject, c.base.subject) for c in found] == [("a", "b"), ("a", "c"), ("b", "c")]


def reduction(base, new, tiles=100):
    base, new = (np.full((1, 1, 3), x) for x in (base, new))
    return np.exp(log_reduction(base, new, tiles).mean())


def test_error_reduction():
    assert reduction(0.5, 0.75) == pytest.approx(2)
    assert reduction(0.9, 0.8) == pytest.approx(0.5)


def test_error_reduction_of_a_perfect_arm_is_finite():
    assert reduction(0.9, 1.0) == pytest.approx(0.1 / 0.005)
    assert reduction(1.0, 1.0) == pytest.approx(1)


def test_error_reduction_is_that_of_the_mean_errors():
    base, new = np.array([0.5, 0.7])[:, None, None], np.array([0.9, 0.7])[:, None, None]
    assert np.exp(log_reduction(base, new, 100).mean()) == pytest.approx(0.4 / 0.2)


def test_segmenters_are_judged_by_their_dice_and_compared_class_by_class():
    more = {"dice/stroma": [0.5], "aji": [0.2], "iou/stroma": [0.3], "tile_dice_with_background": [0.9]}
    base = subject("base", [0.4], metric="dice", seeds=(0,), more=more)
    arm = subject("arm", [0.6], metric="dice", seeds=(0,), more={**more, "dice/stroma": [0.8]})
    compared = compare(arm, base)
    assert compared.gain.value == pytest.approx(0.2)
    assert compared.gains["dice/stroma_gain"].value == pytest.approx(0.3)
    assert compared.gains.keys() == {"dice_gain", "dice/stroma_gain", "aji_gain"}
