"""Decoded pieces of an image, the latest ones."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

import numpy as np


class Cache:
    """Keeps the arrays used last, for many threads.

    Args:
        limit: Bytes that are kept, at most.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._held = limit, 0
        self._kept: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> np.ndarray | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, array: np.ndarray) -> None:
        """Keeps an array; the one used longest ago goes where there is no room."""
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = array
            self._held += array.nbytes
            while self._held > self._limit:
                self._held -= self._kept.popitem(last=False)[1].nbytes
