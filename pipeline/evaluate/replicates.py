"""Every metric of an encoder in a domain, for the cohort and for all resamples of its patients."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.auroc import auroc, count_wins
from pipeline.core.measures.confusion import accuracy, balanced_accuracy, confusions
from pipeline.evaluate.tiles import IN_DOMAIN

PROBES = ("linear", "knn", "few")
METRICS = ("accuracy", "balanced_accuracy", "auroc")
Scores = dict[str, np.ndarray]


@dataclass(frozen=True)
class Domain:
    """The test tiles of a task in a domain.

    Args:
        kept: bool (tile,) of the task's test tiles.
        patient: int (kept tile,), from 0 to ``patients`` - 1.
        patients: How many there are.
    """

    kept: np.ndarray
    patient: np.ndarray
    patients: int

    @property
    def tiles(self) -> int:
        return len(self.patient)


def find_domain(scores: Scores, task: str, domain: str) -> Domain:
    """The tiles of ``domain`` in an encoder's scores."""
    kept = scores[f"{task}/seen"] == (domain == IN_DOMAIN)
    names, patient = np.unique(scores[f"{task}/patient"][kept], return_inverse=True)
    return Domain(kept, patient, len(names))


def replicate(scores: Scores, task: str, domain: Domain, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Metrics of one encoder.

    Args:
        scores: Arrays of the encoder's ``.npz``.
        task: The task.
        domain: Its tiles.
        weights: float (resample, patient) from :func:`pipeline.evaluate.bootstrap.resample`.

    Returns:
        ``probe/metric`` to float64 (resample,); few-label metrics are means over the draws.
    """
    labels = scores[f"{task}/label"][domain.kept].astype(np.int64)
    found: dict[str, np.ndarray] = {}
    for probe in PROBES:
        chances = scores[f"{task}/{probe}"]
        draws = chances if chances.ndim == 3 else chances[None]
        each = [_metrics(labels, draw[domain.kept], domain, weights) for draw in draws]
        found |= {f"{probe}/{name}": np.mean([m[name] for m in each], axis=0) for name in METRICS}
    return found


def _metrics(labels: np.ndarray, chances: np.ndarray, domain: Domain, weights: np.ndarray) -> dict[str, np.ndarray]:
    shape = domain.patients, chances.shape[1]
    by_patient = confusions(labels, chances.argmax(1), domain.patient, shape)
    pooled = np.tensordot(weights, by_patient, 1)  # (resample, class, class)
    return {
        "accuracy": accuracy(pooled),
        "balanced_accuracy": balanced_accuracy(pooled),
        "auroc": auroc(count_wins(labels, chances, domain.patient, domain.patients), weights),
    }
