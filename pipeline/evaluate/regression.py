"""Probes of values: regression on frozen features. Nothing of the test tiles but their features reaches them."""

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

from pipeline.core.measures.prediction import Prediction
from pipeline.evaluate.draws import draw_values

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)  # of squared weights, per training tile
DEFAULT_PENALTY = 0.1
FOLDS = 5


class ValueProbes:
    """See :class:`pipeline.evaluate.probes.Probes`."""

    def linear(self, train: np.ndarray, targets: np.ndarray, groups: np.ndarray, test: np.ndarray) -> np.ndarray:
        return ridge_probe(train, targets, groups, test)

    def nearest(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
        return knn_regression(train, targets, test, neighbours)

    def draw(self, targets: np.ndarray, groups: np.ndarray, few: int, patients: int | None, seed: int) -> np.ndarray:
        """``few`` tiles in all, or all where there are fewer."""
        return draw_values(groups, few, patients, seed)

    def pool(self, truth: np.ndarray, patient: np.ndarray, predicted: np.ndarray) -> Prediction:
        return Prediction(truth, patient, predicted)


def ridge_probe(train: np.ndarray, targets: np.ndarray, groups: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Ridge regression on standardised features.

    The penalty is the one of PENALTIES with the least squared error in a cross-validation over groups of
    the training tiles; with one group it is DEFAULT_PENALTY.

    Args:
        train: float (tile, features).
        targets: float (tile,).
        groups: (tile,), the patient of each training tile.
        test: float (tile, features).

    Returns:
        float64 (test tile,).
    """
    scaler = StandardScaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    return _fitted(train, targets, choose_penalty(train, targets, groups), test)


def choose_penalty(train: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> float:
    """The penalty with the least squared error on held-out groups; see :func:`ridge_probe`."""
    count = min(FOLDS, len(set(groups.tolist())))
    if count < 2:
        return DEFAULT_PENALTY
    errors = dict.fromkeys(PENALTIES, 0.0)
    for inside, outside in GroupKFold(count).split(train, targets, groups):
        for penalty in PENALTIES:
            predicted = _fitted(train[inside], targets[inside], penalty, train[outside])
            errors[penalty] += float(np.square(predicted - targets[outside]).sum())
    return min(PENALTIES, key=errors.__getitem__)


def knn_regression(train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
    """Mean target of the nearest training tiles by cosine: float64 (test tile,).

    Args as :func:`ridge_probe`; ``neighbours`` is cut to the number of training tiles.
    """
    model = KNeighborsRegressor(min(neighbours, len(train)), metric="cosine", algorithm="brute")
    return np.asarray(model.fit(train, targets).predict(test))


def _fitted(train: np.ndarray, targets: np.ndarray, penalty: float, test: np.ndarray) -> np.ndarray:
    return np.asarray(Ridge(alpha=penalty * len(train)).fit(train, targets).predict(test), np.float64)
