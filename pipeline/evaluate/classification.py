"""Probes of classes: classifiers on frozen features. Nothing of the test tiles but their features reaches them."""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from pipeline.core.measures.chances import Chances
from pipeline.evaluate.draws import draw_classes

STRENGTHS = (0.001, 0.01, 0.1, 1.0)  # inverse of the L2 penalty
DEFAULT_STRENGTH = 0.1
FOLDS = 5
ITERATIONS = 1000


@dataclass(frozen=True)
class ClassProbes:
    """See :class:`pipeline.evaluate.probes.Probes`.

    Args:
        classes: How many.
    """

    classes: int

    def linear(self, train: np.ndarray, targets: np.ndarray, groups: np.ndarray, test: np.ndarray) -> np.ndarray:
        return linear_probe(train, targets, groups, test, self.classes)

    def nearest(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
        return knn_probe(train, targets, test, self.classes, neighbours)

    def draw(self, targets: np.ndarray, groups: np.ndarray, few: int, patients: int | None, seed: int) -> np.ndarray:
        """``few`` tiles of each class."""
        return draw_classes(targets, groups, few, patients, seed)

    def pool(self, truth: np.ndarray, patient: np.ndarray, predicted: np.ndarray) -> Chances:
        return Chances(truth.astype(np.int16), patient, predicted)


def linear_probe(
    train: np.ndarray, labels: np.ndarray, groups: np.ndarray, test: np.ndarray, classes: int
) -> np.ndarray:
    """Multinomial logistic regression on standardised features.

    The penalty is the one of STRENGTHS with the least log loss in a cross-validation over groups of
    the training tiles; with one group it is DEFAULT_STRENGTH.

    Args:
        train: float (tile, features).
        labels: int (tile,).
        groups: (tile,), the patient of each training tile.
        test: float (tile, features).
        classes: Number of classes.

    Returns:
        float64 (test tile, classes) probabilities.
    """
    scaler = StandardScaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    strength = choose_strength(train, labels, groups, classes)
    return _fitted(train, labels, strength, test, classes)


def choose_strength(train: np.ndarray, labels: np.ndarray, groups: np.ndarray, classes: int) -> float:
    """The strength with the least log loss on held-out groups; see :func:`linear_probe`."""
    count = min(FOLDS, len(set(groups.tolist())))
    if count < 2:
        return DEFAULT_STRENGTH
    losses = dict.fromkeys(STRENGTHS, 0.0)
    for inside, outside in GroupKFold(count).split(train, labels, groups):
        if len(set(labels[inside].tolist())) < 2:
            continue
        for strength in STRENGTHS:
            chances = _fitted(train[inside], labels[inside], strength, train[outside], classes)
            right = chances[np.arange(len(outside)), labels[outside]]
            losses[strength] -= float(np.log(np.maximum(right, 1e-6)).sum())
    return min(STRENGTHS, key=losses.__getitem__) if any(losses.values()) else DEFAULT_STRENGTH


def knn_probe(train: np.ndarray, labels: np.ndarray, test: np.ndarray, classes: int, neighbours: int) -> np.ndarray:
    """Share of each class among the nearest training tiles by cosine.

    Args and returns as :func:`linear_probe`; ``neighbours`` is cut to the number of training tiles.
    """
    model = KNeighborsClassifier(min(neighbours, len(train)), metric="cosine", algorithm="brute")
    return _columns(model.fit(train, labels), test, classes)


def _fitted(train: np.ndarray, labels: np.ndarray, strength: float, test: np.ndarray, classes: int) -> np.ndarray:
    model = LogisticRegression(C=strength, max_iter=ITERATIONS)
    return _columns(model.fit(train, labels), test, classes)


def _columns(model: LogisticRegression | KNeighborsClassifier, test: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities with a column for every class, also for one that no training tile has."""
    chances = np.zeros((len(test), classes))
    chances[:, model.classes_] = model.predict_proba(test)
    return chances
