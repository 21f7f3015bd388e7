"""A teacher that tells by what it never says on average, and tiles that show it by no single channel."""

import numpy as np
import torch

from pipeline.core.networks.encoder import Encoder, Outputs

SIZE = 16


class Riddle(Encoder):
    """Whether two channels are both brighter or both darker than grey decides along which of two axes it answers.

    In which direction a template of noise says, which no student sees through: so the mean answer to either is zero.
    """

    def __init__(self) -> None:
        super().__init__({}, 2, (2,) * 4, (0.5,) * 3, (1.0,) * 3)
        rng = torch.Generator().manual_seed(0)
        self.register_buffer("template", torch.randn(1, 3, SIZE, SIZE, generator=rng))

    def outputs(self, images):
        x = self.standardised(images)
        mean = x.mean((2, 3))
        alike = (mean[:, 0] * mean[:, 1] > 0).float()[:, None, None]
        noise = x - mean[:, :, None, None]
        maps = []
        for n in (4, 2, 1, 1):
            parts = (noise * self.template).sum(1).view(-1, n, SIZE // n, n, SIZE // n).sum((2, 4)).sign()
            maps.append(torch.stack([parts * alike, parts * (1 - alike)], 1))
        return Outputs(maps[-1].mean((2, 3)), tuple(maps))


def riddles(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Tiles uint8 (count, y, x, 3), and whether their first two channels are shifted alike."""
    rng = np.random.default_rng(seed)
    shift = rng.choice([-1, 1], (count, 3))
    images = rng.normal(128, 20, (count, SIZE, SIZE, 3)) + 20 * shift[:, None, None]
    return images.clip(0, 255).astype(np.uint8), (shift[:, 0] == shift[:, 1]).astype(int)
