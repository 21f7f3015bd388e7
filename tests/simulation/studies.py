"""Studies made up with a known truth: two arms that are as good as one another, measured as real ones are.

Tiles belong to patients of unequal size, with their own difficulty; every training run, and every draw of labels,
is a little better or worse than others, on all patients and on single ones. Both arms are drawn alike, so the true
gain is zero, and ``gain`` moves the second.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.chances import Chances
from pipeline.core.measures.interval import Spread, leave_one_out, replicate, spread
from pipeline.core.measures.prediction import r2, squares
from pipeline.evaluate.comparison import compare_all
from pipeline.evaluate.replicates import Measured, Replicates
from pipeline.evaluate.verdicts import judge

METRICS = ("accuracy", "balanced_accuracy", "auroc", "r2")


@dataclass(frozen=True)
class Layout:
    """How large a study is, and how much varies, as a share of the distance between the classes.

    Args:
        patients: Of the test split.
        seeds: Training runs of each arm.
        draws: Of few labels.
        by_patient: Standard deviation of an arm's success on a patient; half of it the arms have in common.
        by_seed: Of a training run.
        by_draw: Of a draw of labels.
        by_both: Of each run on each patient.
        tiles: Of a patient, on average.
    """

    patients: int
    seeds: int
    draws: int = 5
    by_patient: float = 0.3
    by_seed: float = 0.15
    by_draw: float = 0.15
    by_both: float = 0.15
    tiles: int = 40


def gains(layout: Layout, rng: np.random.Generator, *, gain: float = 0.0) -> dict[str, Spread]:
    """The gain of one arm over the other, by metric."""
    one, other = measured(layout, rng, 0.0, gain)
    return {metric: spread(other[metric] - one[metric]) for metric in METRICS}


def measured(layout: Layout, rng: np.random.Generator, *more: float) -> list[dict[str, np.ndarray]]:
    """Of an arm for each of ``more`` metric to float64 (seed, draw, 1 + patient); all on the same tiles."""
    sizes = np.maximum(4, rng.poisson(layout.tiles * rng.lognormal(0, 0.5, layout.patients)))
    patient = np.repeat(np.arange(layout.patients), sizes)
    truth = rng.normal(size=len(patient))
    positive = (truth + 0.3 * rng.normal(size=layout.patients)[patient] > 0).astype(np.int16)
    common = rng.normal(size=layout.patients)
    drawn = rng.normal(size=layout.draws)
    shift = 0.3 * rng.normal(size=layout.patients)[patient]
    return [_arm(layout, rng, (positive, truth), patient, (common, drawn, shift), own) for own in more]


def _arm(layout, rng, targets, patient, shared, more):
    """Metric to float64 (seed, draw, 1 + patient)."""
    positive, truth = targets
    common, drawn, shift = shared
    own = layout.by_patient * (common + rng.normal(size=layout.patients)) / np.sqrt(2)
    by_draw = layout.by_draw * (drawn + rng.normal(size=layout.draws)) / np.sqrt(2)
    found = []
    for _ in range(layout.seeds):
        run = layout.by_seed * rng.normal() + layout.by_both * rng.normal(size=layout.patients)
        strength = 1.0 + more + own + run + by_draw[:, None]  # (draw, patient)
        noise = rng.normal(size=(layout.draws, len(patient)))
        scores = strength[:, patient] * (positive - 0.5) + shift + 0.7 * noise
        chances = np.stack([-scores, scores], axis=2).astype(np.float32)
        values = 0.5 * strength[:, patient] * truth + shift + 0.7 * noise
        classes = replicate(Chances(positive, patient, chances, np.zeros(layout.patients, np.int16)), layout.patients)
        weights = leave_one_out(layout.patients)
        found.append({**classes, "r2": np.stack([r2([squares(truth, drawn, patient, weights)]) for drawn in values])})
    return {metric: np.stack([run[metric] for run in found]) for metric in METRICS}


def coverage(layout: Layout, studies: int, seed: int) -> dict[str, float]:
    """Share of studies whose 95 % interval holds the true gain, which is zero."""
    rng, held = np.random.default_rng(seed), dict.fromkeys(METRICS, 0)
    for _ in range(studies):
        for metric, found in gains(layout, rng).items():
            held[metric] += abs(found.value) <= found.half
    return {metric: count / studies for metric, count in held.items()}


def verdicts(layout: Layout, studies: int, seed: int) -> float:
    """Share of studies without a gain in which balanced accuracy is called better: 2.5 % where all is well."""
    rng = np.random.default_rng(seed)
    found = (gains(layout, rng)["balanced_accuracy"] for _ in range(studies))
    return sum(own.p < 0.05 and own.value > 0 for own in found) / studies


def headlines(layout: Layout, studies: int, seed: int) -> dict[str, float]:
    """Of an arm and two controls that are as good as one another: how the headline reads.

    Returns:
        Share of studies in which the arm is called ``better`` and ``worse``, and its mean ``gain`` over the better
        control.
    """
    rng, names = np.random.default_rng(seed), ("own", "mixed", "made")
    behind = Measured(tuple(map(str, range(layout.patients))), layout.tiles, "same")
    plain = {"published": None, "controls": [], "named": [], "headline": False}
    roles = {
        "own": {"role": "own_view", **plain},
        "mixed": {"role": "shuffled", **plain},
        "made": {"role": "synthetic", **plain, "controls": ["own", "mixed"], "headline": True},
    }
    said, gained = [], []
    for _ in range(studies):
        arms = []
        for name, own in zip(names, measured(layout, rng, 0.0, 0.0, 0.0), strict=True):
            values = {"few/balanced_accuracy": own["balanced_accuracy"]}
            seeds = tuple(range(layout.seeds))
            arms.append(Replicates(name, "task", "in_domain", seeds, values, dict.fromkeys(values, behind)))
        verdicts = judge(list(compare_all(arms, {"made": ["own", "mixed"]})), roles, None)
        (headline,) = (verdict for verdict in verdicts if verdict.kind == "headline")
        said.append(headline.said)
        gained.append(headline.gain.value)
    share = {name: said.count(name) / studies for name in ("better", "worse")}
    return {**share, "gain": float(np.mean(gained))}
