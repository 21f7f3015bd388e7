"""Shuffled batches that are a pure function of seed and step, so that a resumed run sees the same ones."""

from collections.abc import Mapping

import numpy as np
import torch

from pipeline.core.errors import ProductError
from pipeline.core.seeds import derive

Batch = dict[str, torch.Tensor]


class Batches:
    """Random batches of named arrays.

    Every array is walked in an order of its own per epoch; ``aligned`` arrays share one order, row
    by row. The last incomplete batch of an epoch is filled from the next epoch's order.

    Args:
        arrays: Arrays of rows; uint8 (row, y, x, 3) for images, int64 (row,) for labels.
        size: Rows per batch.
        seed: Decides every order.
        aligned: Row *i* of every array belongs together.

    Raises:
        ProductError: An array is empty, or aligned arrays differ in length.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], *, size: int, seed: int, aligned: bool = True) -> None:
        lengths = {name: len(array) for name, array in arrays.items()}
        if not all(lengths.values()) or (aligned and len(set(lengths.values())) > 1):
            kind = "aligned, non-empty" if aligned else "non-empty"
            raise ProductError(
                f"expected {kind} arrays, found rows {lengths}", where="training data", fix="check splits and pairs"
            )
        self.arrays, self.size, self.seed, self.aligned = dict(arrays), size, seed, aligned

    def at(self, step: int) -> Batch:
        """The batch of a step, counted from 0: tensors of the arrays' dtype, images as (size, y, x, 3)."""
        return {name: torch.from_numpy(array[self.rows(name, step)]) for name, array in self.arrays.items()}

    def rows(self, name: str, step: int) -> np.ndarray:
        """Row numbers of a step's batch: int64 (size,)."""
        count = len(self.arrays[name])
        first = step * self.size
        epochs = range(first // count, (first + self.size - 1) // count + 1)
        order = np.concatenate([self._order(name, epoch, count) for epoch in epochs])
        offset = first - epochs[0] * count
        return order[offset : offset + self.size]

    def _order(self, name: str, epoch: int, count: int) -> np.ndarray:
        purpose = "all" if self.aligned else name
        return np.random.default_rng(derive(self.seed, "order", purpose, epoch)).permutation(count)
