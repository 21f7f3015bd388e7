"""``results/metrics.json``: the few numbers by which a person tells one run of a study from another."""

from collections.abc import Iterable

import numpy as np

from pipeline.core.manifests.scores import Comparison, Verdict
from pipeline.core.measures.bootstrap import estimate
from pipeline.evaluate.replicates import Replicates

DIGITS = 6
COUNTED = ("synthetic", "real", "plain")  # roles of arms that might be better; floor, ceiling and control are none


def headline(
    baseline: str, replicates: Iterable[Replicates], comparisons: dict[str, Comparison], verdicts: Iterable[Verdict]
) -> dict[str, float]:
    """Flat numbers by ``task/domain/number``; what is not defined is left out.

    ``baseline`` is its figure with few labels, ``synthetic_gain`` and ``best_synthetic_gain`` the mean and the
    largest gain of the arms with a synthetic privileged view, each over its own baseline, and ``better`` and
    ``worse`` count the arms of which the figures say so.

    Args:
        baseline: The study's.
        replicates: Of all arms.
        comparisons: By task.
        verdicts: Of all arms with a baseline.
    """
    verdicts = list(verdicts)
    numbers: dict[str, float | None] = {}
    for own in replicates:
        if own.subject != baseline:
            continue
        here = [v for v in verdicts if (v.task, v.domain) == (own.task, own.domain)]
        gains = [v.gain.value for v in here if v.role == "synthetic" and v.gain.value is not None]
        counted = [v.said for v in here if v.role in COUNTED]
        found = {
            "baseline": estimate(own.pooled[comparisons[own.task].metric]).value,
            "synthetic_gain": float(np.mean(gains)) if gains else None,
            "best_synthetic_gain": max(gains) if gains else None,
            "better": counted.count("better"),
            "worse": counted.count("worse"),
        }
        numbers |= {f"{own.task}/{own.domain}/{name}": number for name, number in found.items()}
    return {name: round(number, DIGITS) for name, number in numbers.items() if number is not None}
