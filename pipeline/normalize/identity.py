"""No normalisation: the control, and the choice for slides that are alike already."""

import numpy as np

from pipeline.core.files import Json
from pipeline.normalize.normalizer import Normalizer


class Identity(Normalizer):
    """Leaves slides as they are; every manifest points at the tile store."""

    changes = False

    def fit(self, pixels: np.ndarray, fallback: Json | None = None) -> Json:
        return {}

    def transform(self, tiles: np.ndarray, fit: Json, target: Json) -> np.ndarray:
        return tiles

    def distance(self, one: Json, other: Json) -> float:
        return 0.0
