"""Arms against their baselines: gain, error reduction, verdict. The one place where they are defined."""

from collections.abc import Iterator, Mapping

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.manifests.scores import Estimate, Said, Verdict
from pipeline.core.measures.bootstrap import estimate
from pipeline.evaluate.replicates import Replicates, Resamples

Against = dict[tuple[str, str, str], Resamples]  # by task, domain and arm
Roles = Mapping[str, Mapping[str, str | None]]
GAIN = "few/gain"
GAINED = ("few/balanced_accuracy", "few/r2")  # of classes, of values
REDUCED = ("linear", "few")


def gained(replicates: Replicates) -> str:
    """The metric in which arms are compared: of few labels, the first of GAINED that the task has."""
    return next(metric for metric in GAINED if metric in replicates.pooled)


def compare(arms: list[Replicates], spec: Roles) -> Against:
    """Every arm against its baseline, paired: ``few/gain``, the difference in :func:`gained`, and error reductions.

    Raises:
        ProductError: They were scored on different tiles.
    """
    places = {(arm.task, arm.domain, arm.subject): arm for arm in arms}
    bases = {place: spec[place[2]]["baseline"] for place in places}
    return {
        (task, domain, name): _compare(arm, places[task, domain, base])
        for (task, domain, name), arm in places.items()
        if (base := bases[task, domain, name])
    }


def _compare(arm: Replicates, base: Replicates) -> Resamples:
    metric = gained(arm)
    if arm.measured[metric] != base.measured[metric]:
        raise ProductError(
            f"{arm.subject} and {base.subject} were scored on different tiles of {arm.task}",
            where="results/scores/encoders",
            fix="evaluate them again",
        )
    accuracies = {probe: f"{probe}/accuracy" for probe in REDUCED}
    found = {
        f"{probe}/error_reduction": error_reduction(base.pooled[name], arm.pooled[name], arm.measured[name].n)
        for probe, name in accuracies.items()
        if name in arm.pooled
    }
    return {**found, GAIN: arm.pooled[metric] - base.pooled[metric]}


def error_reduction(base: np.ndarray, new: np.ndarray, tiles: int) -> np.ndarray:
    """ER = (1 - base) / (1 - new) of accuracies.

    An error below half a tile counts as half a tile, so that a perfect accuracy stays finite.

    Args:
        base: Accuracies of the baseline.
        new: Accuracies of the arm, of the same shape.
        tiles: Test tiles behind them.
    """
    least = 0.5 / tiles
    return np.asarray(np.maximum(1 - base, least) / np.maximum(1 - new, least))


def said(gain: Estimate) -> Said:
    """What a difference shows: only an interval that leaves zero out shows one."""
    if gain.low is not None and gain.low > 0:
        return "better"
    return "worse" if gain.high is not None and gain.high < 0 else "no difference shown"


def verdicts(arms: list[Replicates], against: Against, spec: Roles) -> Iterator[Verdict]:
    """The verdict of every arm that has a baseline, where the gain is defined.

    Args:
        arms: All of them.
        against: What :func:`compare` found.
        spec: Arm to its ``role`` and ``baseline``.
    """
    places = {(arm.task, arm.domain, arm.subject): arm for arm in arms}
    for (task, domain, name), found in against.items():
        base, gain = str(spec[name]["baseline"]), estimate(found[GAIN])
        if gain.value is None:  # no R2 where the truth of a domain does not vary: nothing to say
            continue
        deviation = places[task, domain, base].deviation(gained(places[task, domain, name]))
        yield Verdict(
            task=task,
            domain=domain,
            arm=name,
            role=str(spec[name]["role"]),
            baseline=base,
            gain=gain,
            said=said(gain),
            baseline_sd=deviation,
            within_seeds=None if deviation is None else abs(gain.value) <= deviation,
        )
