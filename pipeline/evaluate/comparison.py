"""Two subjects on the same patients: gains and error reductions. The one place where they are defined."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.measures.interval import Spread, spread
from pipeline.evaluate.replicates import Replicates

GAINED = ("few/balanced_accuracy", "few/r2", "dice")  # in which arms are judged: of classes, of values, of masks
SEGMENTED = ("dice", "iou", "f1", "sq", "bpq", "mpq", "aji", "tile_dice", "tile_iou", "tile_bpq", "tile_mpq")
BY_CLASS = ("dice", "pq", "f1")  # of segmenters, where the name of a class stands behind
COMPARED = ("accuracy", "balanced_accuracy", "auroc", "r2", "spearman", *SEGMENTED)
ACCURACY, REDUCTION, GAIN = "accuracy", "error_reduction", "_gain"
NULLS = ("permuted",)  # probes that can find nothing
COLOUR = "colour"  # a subject that knows nothing but the colours of a tile; also, a probe that is told them


@dataclass(frozen=True)
class Comparison:
    """An arm against another subject.

    Args:
        arm: The arm.
        base: The other.
        gains: Metric, such as ``few/auroc_gain``, to the difference, or to the logarithm of an error reduction.
    """

    arm: Replicates
    base: Replicates
    gains: dict[str, Spread]

    @property
    def seeds(self) -> int:
        """Training runs that both have; those of the arm where the other has none."""
        return len({*self.arm.seeds} & {*self.base.seeds}) if self.base.seeds else len(self.arm.seeds)

    @property
    def gain(self) -> Spread:
        """The difference in the metric that arms are judged in; to colour, of features and colours together."""
        metric = gained(self.arm)
        probe, _, name = metric.rpartition("/")
        joint = f"{probe}_{COLOUR}/{name}{GAIN}"
        return self.gains[joint if self.base.subject == COLOUR and joint in self.gains else metric + GAIN]


def is_judged(subject: Replicates) -> bool:
    """Whether arms are compared in the task: in those that probes are asked, not in what some arms alone can do."""
    return any(metric in subject.values for metric in GAINED)


def gained(subject: Replicates) -> str:
    """The metric in which arms are judged: of few labels, the first of GAINED that the task has."""
    return next(metric for metric in GAINED if metric in subject.values)


def compare(arm: Replicates, base: Replicates) -> Comparison:
    """Every metric that both have, paired: seed by seed, draw by draw, patient by patient.

    A probe that is told the colours as well (``few_colour``) is compared with the other's own, or else with what
    that tells without (``few``).

    Raises:
        ProductError: They were scored on different tiles, or have no seed in common.
    """
    found = {}
    for metric in arm.values:
        probe, _, name = metric.rpartition("/")
        other = metric if metric in base.values else f"{probe.removesuffix(f'_{COLOUR}')}/{name}"
        if not _is_compared(probe, name) or other not in base.values or probe in NULLS:
            continue
        if arm.measured[metric] != base.measured[other]:
            raise ProductError(
                f"{arm.subject} and {base.subject} were scored on different tiles of {arm.task}",
                where="results/scores",
                fix="evaluate them again",
            )
        own, its = _aligned(arm, base, arm.values[metric], base.values[other])
        found[metric + GAIN] = spread(own - its)
        if name == ACCURACY:
            found[f"{probe}/{REDUCTION}"] = spread(log_reduction(its, own, arm.measured[metric].n))
    return Comparison(arm, base, found)


def _is_compared(probe: str, name: str) -> bool:
    """Whether gains are told in a metric; ``dice/stroma`` is the Dice of a class."""
    return name in COMPARED or probe in BY_CLASS


def log_reduction(base: np.ndarray, new: np.ndarray, tiles: int) -> np.ndarray:
    """Logarithm of ER = (1 - base) / (1 - new), of accuracies.

    ER is that of the mean errors over seeds and draws: a run that happens to be perfect does not decide alone. An
    error below half a tile counts as half a tile, so that a perfect accuracy stays finite. Both accuracies are those
    of the gain.

    Args:
        base: float64 (seed, draw, 1 + patient), accuracies of the baseline.
        new: Of the arm.
        tiles: Test tiles behind them.

    Returns:
        float64 of the same shape, to first order about the mean errors, so that its mean is the logarithm of ER.
    """
    parts = []
    for accuracies in (base, new):
        errors = 1 - accuracies
        mean = max(float(errors[..., 0].mean()), 0.5 / tiles)
        parts.append(np.log(mean) + (errors - errors[..., 0].mean()) / mean)
    return np.asarray(parts[0] - parts[1])


def compare_all(arms: list[Replicates], against: Mapping[str, list[str]]) -> Iterator[Comparison]:
    """Every arm against each of the subjects that it has to be compared with, task by task.

    Args:
        arms: Arms, and :data:`COLOUR` where it was scored.
        against: Arm to the names of the others.
    """
    arms = [own for own in arms if is_judged(own)]
    places = {(own.task, own.domain, own.subject): own for own in arms}
    for own in arms:
        for name in against.get(own.subject, []):
            if base := places.get((own.task, own.domain, name)):
                yield compare(own, base)


def _aligned(arm: Replicates, base: Replicates, own: np.ndarray, its: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values of the seeds that both have; what has no seeds is the same for all."""
    if not arm.seeds or not base.seeds:
        return own, its
    common = sorted(set(arm.seeds) & set(base.seeds))
    if not common:
        raise ProductError(
            f"{arm.subject} and {base.subject} have no seed in common",
            where="results/scores",
            fix="train both with the seeds of the study",
        )
    return own[[arm.seeds.index(seed) for seed in common]], its[[base.seeds.index(seed) for seed in common]]
