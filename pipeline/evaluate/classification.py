"""Probes of classes: classifiers on frozen features. Nothing of the test tiles but their features reaches them."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from pipeline.core.measures.chances import Chances
from pipeline.evaluate.draws import draw_classes
from pipeline.evaluate.penalty import Choice, Linear, choose, folds
from pipeline.evaluate.perceptron import mlp_classes

STRENGTHS = tuple(10.0**power for power in range(-6, 5))  # inverse of the L2 penalty, from the strongest penalty on
DEFAULT_STRENGTH = 0.1
WORSE = 1.5  # times the least loss: weaker penalties fit the training patients alone
ITERATIONS = 1000


@dataclass(frozen=True)
class ClassProbes:
    """See :class:`pipeline.evaluate.probes.Probes`.

    Args:
        classes: How many.
    """

    classes: int

    def linear(self, train: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> Linear:
        return linear_probe(train, targets, groups, self.classes)

    def nearest(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
        return knn_probe(train, targets, test, self.classes, neighbours)

    def mlp(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        return mlp_classes(train, targets, test, self.classes, seed)

    def draw(self, targets: np.ndarray, groups: np.ndarray, few: int, patients: int | None, seed: int) -> np.ndarray:
        """``few`` tiles of each class."""
        return draw_classes(targets, groups, few, patients, seed)

    def pool(self, truth: np.ndarray, patient: np.ndarray, predicted: np.ndarray) -> Chances:
        return Chances(truth.astype(np.int16), patient, predicted, np.zeros(patient.max() + 1, np.int16))


def linear_probe(train: np.ndarray, labels: np.ndarray, groups: np.ndarray, classes: int) -> Linear:
    """Multinomial logistic regression on standardised features: it predicts probabilities, float64 (tile, classes).

    The penalty is the one of STRENGTHS with the least log loss in a cross-validation over groups of
    the training tiles; with one group it is DEFAULT_STRENGTH.

    Args:
        train: float (tile, features).
        labels: int (tile,).
        groups: (tile,), the patient of each training tile.
        classes: Number of classes.
    """
    train = train.astype(np.float64)  # L-BFGS gives up early in single precision
    scaler = StandardScaler().fit(train)
    train = scaler.transform(train)
    strength, edge = choose_strength(train, labels, groups, classes)
    model = LogisticRegression(C=strength, max_iter=ITERATIONS).fit(train, labels)
    return Linear(lambda test: _columns(model, scaler.transform(test.astype(np.float64)), classes), edge)


def choose_strength(train: np.ndarray, labels: np.ndarray, groups: np.ndarray, classes: int) -> Choice:
    """The strength with the least log loss on held-out groups; see :func:`linear_probe`.

    Each fit starts from that of the next stronger penalty. Weak penalties take longest to fit, so the search ends where
    the loss is WORSE than the least; not at the first rise, for it may have two valleys.
    """
    parts = [part for part in folds(groups) if len(set(labels[part[0]].tolist())) > 1]
    if not parts:
        return Choice(DEFAULT_STRENGTH)
    models = [LogisticRegression(max_iter=ITERATIONS, warm_start=True) for _ in parts]
    losses: dict[float, float] = {}
    for strength in STRENGTHS:
        losses[strength] = 0.0
        for model, (inside, outside) in zip(models, parts, strict=True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # a search may stop early; the last fit may not
                model.set_params(C=strength).fit(train[inside], labels[inside])
            chances = _columns(model, train[outside], classes)
            right = chances[np.arange(len(outside)), labels[outside]]
            losses[strength] -= float(np.log(np.maximum(right, 1e-6)).sum())
        if losses[strength] > WORSE * min(losses.values()):
            break
    return choose(losses)


def knn_probe(train: np.ndarray, labels: np.ndarray, test: np.ndarray, classes: int, neighbours: int) -> np.ndarray:
    """Share of each class among the nearest training tiles by cosine: float64 (test tile, classes).

    Args as :func:`linear_probe`; ``neighbours`` is cut to the number of training tiles.
    """
    model = KNeighborsClassifier(min(neighbours, len(train)), metric="cosine", algorithm="brute")
    return _columns(model.fit(train, labels), test, classes)


def _columns(model: LogisticRegression | KNeighborsClassifier, test: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities with a column for every class, also for one that no training tile has."""
    chances = np.zeros((len(test), classes))
    chances[:, model.classes_] = model.predict_proba(test)
    return chances
