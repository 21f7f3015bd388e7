"""``results/metrics.json``: the few numbers by which a person tells one run of a study from another."""

from collections.abc import Iterable

import numpy as np

from pipeline.core.manifests.scores import Verdict
from pipeline.evaluate.comparison import gained, is_judged
from pipeline.evaluate.replicates import Replicates

DIGITS = 6


def headline(baseline: str | None, arms: Iterable[Replicates], verdicts: Iterable[Verdict]) -> dict[str, float]:
    """Flat numbers by ``task/domain/number``; what is not defined is left out.

    ``baseline`` is its figure with few labels, ``synthetic_gain`` the mean gain of the arms with a synthetic privileged
    view over what differs in the view alone, ``published_gain`` the mean of theirs over no view, and ``better`` and
    ``worse`` count the arms of the headline of which the figures say so.

    Args:
        baseline: The study's.
        arms: All of them.
        verdicts: Of all comparisons.
    """
    verdicts = list(verdicts)
    numbers: dict[str, float | None] = {}
    for own in arms:
        if own.subject != baseline or not is_judged(own):
            continue
        here = [v for v in verdicts if (v.task, v.domain) == (own.task, own.domain)]
        gains = {
            kind: [v.gain.value for v in here if (v.role, v.kind) == ("synthetic", kind) and v.gain.value is not None]
            for kind in ("headline", "published")
        }
        said = [v.said for v in here if v.kind == "headline"]
        found = {
            "baseline": float(own.values[gained(own)][..., 0].mean()),
            "synthetic_gain": float(np.mean(gains["headline"])) if gains["headline"] else None,
            "published_gain": float(np.mean(gains["published"])) if gains["published"] else None,
            "better": said.count("better"),
            "worse": said.count("worse"),
        }
        numbers |= {f"{own.task}/{own.domain}/{name}": number for name, number in found.items()}
    return _rounded(numbers)


def of_segmenters(baseline: str | None, arms: Iterable[Replicates], verdicts: Iterable[Verdict]) -> dict[str, float]:
    """The same of segmenters: the Dice of the ``baseline``, the mean gain over it of those that learned from what was
    made, or see it (``synthetic_gain``), and of how many the figures say ``better`` and ``worse``.
    """
    numbers: dict[str, float | None] = {}
    against = [v for v in verdicts if v.against == baseline]
    for own in arms:
        if own.subject != baseline or not is_judged(own):
            continue
        here = [v for v in against if (v.task, v.domain) == (own.task, own.domain)]
        gains = [v.gain.value for v in here if v.role == "synthetic" and v.gain.value is not None]
        found = {
            "baseline": float(own.values[gained(own)][..., 0].mean()),
            "synthetic_gain": float(np.mean(gains)) if gains else None,
            "better": [v.said for v in here].count("better"),
            "worse": [v.said for v in here].count("worse"),
        }
        numbers |= {f"{own.task}/{own.domain}/{name}": number for name, number in found.items()}
    return _rounded(numbers)


def _rounded(numbers: dict[str, float | None]) -> dict[str, float]:
    return {name: round(n, DIGITS) for name, n in numbers.items() if n is not None and not np.isnan(n)}
