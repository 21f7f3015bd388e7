"""Parts of one length, in which tiles are computed: among others in number, sums are rounded otherwise."""

from collections.abc import Iterator

import torch

AT_ONCE = {"cpu": 1, "cuda": 16}  # tiles, by kind of device


def parts(tiles: int, device: torch.device) -> Iterator[tuple[int, list[int]]]:
    """How many tiles a part has, and which: of the last one, the last tile as often as it takes to fill it.

    Args:
        tiles: All of them.
        device: That computes.
    """
    size = AT_ONCE.get(device.type, 1)
    for start in range(0, tiles, size):
        rows = list(range(start, min(start + size, tiles)))
        yield len(rows), rows + rows[-1:] * (size - len(rows))
