"""Heads with one hidden layer: what a linear probe leaves in the features. Fitted by Adam, seeded."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

HIDDEN = 256
RATE = 1e-3
EPOCHS = 100


def mlp_classes(train: np.ndarray, labels: np.ndarray, test: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """HIDDEN rectified units on standardised features, cross-entropy: float64 (test tile, classes) probabilities.

    Args:
        train: float (tile, features).
        labels: int (tile,).
        test: float (test tile, features).
        classes: Number of classes; one without a training tile has probability 0.
        seed: Of weights and batches.
    """
    scaler = StandardScaler().fit(train)
    model = _fitted(MLPClassifier(**_settings(len(train), seed)), scaler.transform(train), labels)
    chances = np.zeros((len(test), classes))
    chances[:, model.classes_] = model.predict_proba(scaler.transform(test))
    return chances


def mlp_values(train: np.ndarray, targets: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    """The same for values, by squared error of standardised targets: float64 (test tile,).

    Args as :func:`mlp_classes`; ``targets`` are float (tile,).
    """
    scaler, level, spread = StandardScaler().fit(train), targets.mean(), targets.std() or 1.0
    model = _fitted(MLPRegressor(**_settings(len(train), seed)), scaler.transform(train), (targets - level) / spread)
    return np.asarray(level + spread * model.predict(scaler.transform(test)), np.float64)


def _settings(count: int, seed: int) -> dict[str, object]:
    """All EPOCHS are taken: nothing is held out, and no loss is small enough to stop at."""
    network = {"hidden_layer_sizes": (HIDDEN,), "alpha": 0.0, "random_state": seed % 2**32}
    steps = {"learning_rate_init": RATE, "batch_size": min(200, count)}
    return {**network, **steps, "max_iter": EPOCHS, "n_iter_no_change": EPOCHS}


def _fitted(
    model: MLPClassifier | MLPRegressor, train: np.ndarray, targets: np.ndarray
) -> MLPClassifier | MLPRegressor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is told whenever the last epoch is reached
        return model.fit(train, targets)
