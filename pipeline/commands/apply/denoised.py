"""A slide that a diffusion translates: windows agree in every step on what the slide is taken for."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from pipeline.commands.apply.blend import inner_borders, shares
from pipeline.commands.apply.seams import Seams
from pipeline.commands.apply.windows import Windows, tiled
from pipeline.core.diffusion.gaussian import returned
from pipeline.core.networks.adversarial_diffusion import AdversarialDiffusion
from pipeline.core.slides.cascade import Row
from pipeline.core.translation.noise import TileNoise, tile_seeds

Strip = tuple[np.ndarray, torch.Tensor]  # rows of the slide, uint8 (y, x, 3), and their state, float32 (c, y, x)
Strips = Generator[np.ndarray, None, None]


@dataclass(frozen=True)
class Diffusion:
    """What translates the windows of a slide, and what its noise depends on.

    Args:
        network: In eval mode.
        device: Where it is.
        seed: Of the study.
        purpose: Of the noise, the slide's name included.
    """

    network: AdversarialDiffusion
    device: torch.device
    seed: int
    purpose: tuple[str | int, ...]

    def noise(self, step: int, top: int, rows: int, width: int) -> torch.Tensor:
        """Of a step, float32 (c, rows, width): every row of pixels has its own, whatever windows lie over it."""
        seeds = tile_seeds(self.seed, *self.purpose, step, rows=range(top, top + rows))
        return TileNoise(seeds).normal(self.network.makes.channels, width).transpose(0, 1)

    def latent(self, step: int) -> torch.Tensor:
        """Of a step, float32 (1, latent): one for the whole slide."""
        return TileNoise(tile_seeds(self.seed, *self.purpose, "latent", rows=[step])).normal(self.network.latent)


class Denoised:
    """The result of a diffusion from top to bottom; of every step, one row of windows is held.

    In a step the images that overlapping windows are denoised to are blended, and the state before is drawn of what
    comes of that: so windows do not drift apart, as they would were only their results blended.

    Args:
        windows: How they lie.
        source: The slide, uint8 (y, width, 3) at a time.
        diffusion: What is done.
        batch: Windows denoised at once.
    """

    def __init__(self, windows: Windows, source: Strips, diffusion: Diffusion, *, batch: int) -> None:
        self.windows = windows
        self.seams = Seams(
            rows=inner_borders(windows.y, windows.size, windows.height),
            columns=inner_borders(windows.x, windows.size, windows.width),
        )
        size = windows.size
        self._whole = replace(windows, width=max(windows.width, size), height=max(windows.height, size))
        self._source, self._diffusion, self._batch = source, diffusion, batch

    def rows(self) -> Generator[Row, None, None]:
        """Rows of tiles, padded with their last pixels."""
        return tiled(self._strips(), self.windows.width)

    def _strips(self) -> Strips:
        """The result, uint8 (y, width, 3) at a time."""
        try:
            strips: Iterator[Strip] = self._noised()
            for step in range(self._diffusion.network.schedule.steps, 0, -1):
                strips = self._stepped(strips, step)
            left = self.windows.height
            for source, data in strips:
                made = self._diffusion.network.makes.images(data[None])[0].numpy()
                part = np.s_[:left, : self.windows.width]
                self.seams.add(made[part], source[part])
                yield made[part]
                left -= len(made[part])
        finally:
            self._source.close()

    def _noised(self) -> Iterator[Strip]:
        """The slide, as large as a window at least, beside noise."""
        top, step, whole = 0, self._diffusion.network.schedule.steps + 1, self._whole
        for strip in self._source:
            last = top + len(strip) == self.windows.height
            below = whole.height - self.windows.height if last else 0
            source = np.pad(strip, ((0, below), (0, whole.width - strip.shape[1]), (0, 0)), mode="edge")
            yield source, self._diffusion.noise(step, top, len(source), whole.width)
            top += len(source)

    def _stepped(self, strips: Iterator[Strip], step: int) -> Iterator[Strip]:
        """States before those of ``strips``, which are number ``step``; the images themselves of the first."""
        own, network = self._whole, self._diffusion.network
        x, y, size = own.x, own.y, own.size
        across, down = (torch.from_numpy(shares(starts, size, own.overlap)) for starts in (x, y))
        source, state = next(strips)
        sums = torch.zeros(network.makes.channels, size, own.width)
        for row, top in enumerate(y.tolist()):
            while len(source) < size:
                more, states = next(strips)
                source, state = np.concatenate([source, more]), torch.cat([state, states], 1)
            for first in range(0, len(x), self._batch):
                lefts = x[first : first + self._batch].tolist()
                for column, data in enumerate(self._denoise(source, state, lefts, step), first):
                    left = lefts[column - first]
                    sums[:, :, left : left + size] += data * (across[column] * down[row][:, None])
            ready = (int(y[row + 1]) if row + 1 < len(y) else own.height) - top
            data, before = sums[None, :, :ready], state[None, :, :ready]
            if step > 1:
                noise = self._diffusion.noise(step, top, ready, own.width)[None]
                data = returned(network.schedule, data, before, torch.tensor([step]), noise)
            yield source[:ready], data[0].clone()
            source, state = source[ready:], state[:, ready:]
            sums = torch.cat([sums[:, ready:], torch.zeros_like(sums[:, :ready])], 1)

    @torch.no_grad()
    def _denoise(self, source: np.ndarray, state: torch.Tensor, lefts: list[int], step: int) -> torch.Tensor:
        """What windows of the first rows are denoised to: float32 (window, c, size, size), on the CPU."""
        network, device, size = self._diffusion.network, self._diffusion.device, self._whole.size
        images = np.stack([source[:size, left : left + size] for left in lefts])
        states = torch.stack([state[:, :size, left : left + size] for left in lefts])
        z = self._diffusion.latent(step).expand(len(lefts), -1)
        t = torch.full((len(lefts),), step, device=device)
        seen = network.reads.tensor(torch.from_numpy(images)).to(device)
        return network.denoise(states.to(device), seen, t, z.to(device)).cpu()
