"""Tiles of two visible shifts, and a teacher who tells whether they are alike without ever saying so on average."""

import numpy as np
import torch

from pipeline.core.networks.encoder import Encoder, Outputs

SIZE = 16


class Riddle(Encoder):
    """Whether two channels are shifted alike decides along which of two axes it answers, in its features and maps.

    In which direction, a template of noise says, which no student sees through. So the mean answer is zero for either:
    whoever guesses the teacher's features learns nothing of the shifts, and its attention is the same everywhere.
    """

    def __init__(self) -> None:
        super().__init__({}, 2, (2,) * 4, (0.5,) * 3, (1.0,) * 3)
        self.register_buffer("template", torch.randn(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)))

    def outputs(self, images):
        mean = images.mean((2, 3), keepdim=True)
        alike = ((mean[:, 0] > 0.5) == (mean[:, 1] > 0.5)).float()  # (B, 1, 1)
        noise = ((images - mean) * self.template).sum(1)  # (B, y, x)
        maps = []
        for n in (4, 2, 1, 1):
            direction = noise.unflatten(1, (n, -1)).unflatten(3, (n, -1)).sum((2, 4)).sign()
            maps.append(torch.stack([direction * alike, direction * (1 - alike)], 1))
        return Outputs(maps[-1].mean((2, 3)), tuple(maps))


def riddles(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Tiles uint8 (count, y, x, 3), and the signs (count, 3) of their channels' shifts by 20 grey levels."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1, 1], (count, 3))
    images = rng.normal(128, 20, (count, SIZE, SIZE, 3)) + 20 * signs[:, None, None]
    return images.clip(0, 255).astype(np.uint8), signs
