"""Probes of values: regression on frozen features. Nothing of the test tiles but their features reaches them."""

from collections.abc import Sequence

import numpy as np
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

from pipeline.core.measures.prediction import Prediction
from pipeline.evaluate.draws import draw_values
from pipeline.evaluate.penalty import Choice, Linear, choose, folds
from pipeline.evaluate.perceptron import mlp_values

PENALTIES = tuple(10.0**power for power in range(-8, 7))  # of squared weights, per training tile
DEFAULT_PENALTY = 0.1


class ValueProbes:
    """See :class:`pipeline.evaluate.probes.Probes`."""

    def linear(self, train: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> Linear:
        return ridge_probe(train, targets, groups)

    def nearest(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
        return knn_regression(train, targets, test, neighbours)

    def mlp(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        return mlp_values(train, targets, test, seed)

    def draw(self, targets: np.ndarray, groups: np.ndarray, few: int, patients: int | None, seed: int) -> np.ndarray:
        """``few`` tiles in all, or all where there are fewer."""
        return draw_values(groups, few, patients, seed)

    def pool(self, truth: np.ndarray, patient: np.ndarray, predicted: np.ndarray) -> Prediction:
        return Prediction(truth, patient, predicted, np.zeros(patient.max() + 1, np.int16))


def ridge_probe(train: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> Linear:
    """Ridge regression on standardised features: it predicts float64 (tile,).

    The penalty is the one of PENALTIES with the least squared error in a cross-validation over groups of
    the training tiles; with one group it is DEFAULT_PENALTY.

    Args:
        train: float (tile, features).
        targets: float (tile,).
        groups: (tile,), the patient of each training tile.
    """
    scaler = StandardScaler().fit(train)
    train = scaler.transform(train)
    penalty, edge = choose_penalty(train, targets, groups)
    return Linear(lambda test: ridge(train, targets, scaler.transform(test), (penalty,))[0], edge)


def choose_penalty(train: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> Choice:
    """The penalty with the least squared error on held-out groups; see :func:`ridge_probe`."""
    parts = folds(groups)
    if not parts:
        return Choice(DEFAULT_PENALTY)
    errors = np.zeros(len(PENALTIES))
    for inside, outside in parts:
        predicted = ridge(train[inside], targets[inside], train[outside], PENALTIES)
        errors += np.square(predicted - targets[outside]).sum(1)
    return choose(dict(zip(PENALTIES, errors.tolist(), strict=True)))


def ridge(train: np.ndarray, targets: np.ndarray, test: np.ndarray, penalties: Sequence[float]) -> np.ndarray:
    """Ridge regression under several penalties from one decomposition: float64 (penalty, test tile).

    The weights are (x'x + penalty n)^-1 x'y of centred features x of n training tiles and centred targets y.

    Args:
        train: float (tile, features).
        targets: float (tile,).
        test: float (test tile, features).
        penalties: Of squared weights, per training tile; above 0.
    """
    x, y = train.astype(np.float64), targets - targets.mean()
    level = x.mean(0)
    x -= level
    added = np.array(penalties)[:, None] * len(x)
    if len(x) < x.shape[1]:  # x' (xx' + penalty n)^-1 y is the same and smaller
        values, vectors = np.linalg.eigh(x @ x.T)
        weights = ((vectors.T @ y) / (values + added)) @ (vectors.T @ x)
    else:
        values, vectors = np.linalg.eigh(x.T @ x)
        weights = ((vectors.T @ (x.T @ y)) / (values + added)) @ vectors.T
    return np.asarray(weights @ (test - level).T + targets.mean())


def knn_regression(train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
    """Mean target of the nearest training tiles by cosine: float64 (test tile,).

    Args as :func:`ridge_probe`; ``neighbours`` is cut to the number of training tiles.
    """
    model = KNeighborsRegressor(min(neighbours, len(train)), metric="cosine", algorithm="brute")
    return np.asarray(model.fit(train, targets).predict(test))
