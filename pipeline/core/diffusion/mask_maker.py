"""A trained generator of masks in use: which classes are wanted, to masks and instances of nuclei."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from pipeline.core.diffusion.nuclei import instances_of, without_small
from pipeline.core.diffusion.samplers import check_multiple, check_rows, load_generator, sample
from pipeline.core.diffusion.sampling import Predict, guided
from pipeline.core.errors import ProductError
from pipeline.core.networks.presence_unet import PresenceUNet

GUIDANCE = 1.5  # without, classes that nobody asked for come along, a nucleus here and there


class MaskMaker:
    """Draws masks of nuclei; in eval mode, so equal wishes and seeds give equal bytes.

    Args:
        network: On its device.
    """

    def __init__(self, network: PresenceUNet) -> None:
        self.network, self.classes = network.eval(), network.classes
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, folder: Path) -> "MaskMaker":
        """What training exported; raises ProductError where it is no such network."""
        return cls(load_generator(folder, PresenceUNet))

    def __call__(
        self,
        present: np.ndarray,
        seeds: Sequence[int],
        *,
        size: int,
        guidance: float = GUIDANCE,
        sampler: str = "ancestral",
        steps: int | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draws masks, whatever the batch.

        Args:
            present: Which classes are wanted, bool (tile, classes); none: a mask of background.
            seeds: One per tile.
            size: Side of a tile, pixels.
            guidance: How far the wish is overdone: 0 is the plain prediction, made by one pass in place of two.
            sampler: See :func:`sample`.
            steps: Likewise.

        Returns:
            Class ids, uint8, and ids of nuclei, uint16: (tile, size, size) each. A nucleus has 20 px at least.

        Raises:
            ProductError: The wishes are for other classes, or the size does not fit the network.
            StudyError: See :func:`sample`.
        """
        if present.ndim != 2 or present.shape[1] != self.classes:
            raise ProductError(
                f"wishes of {present.shape}, expected (tile, {self.classes})",
                where=type(self).__name__,
                fix="say for every class of the masks that it was trained on whether it is wanted",
            )
        check_rows(self.network, len(present), seeds)
        check_multiple(self.network, (size, size), self.network.body.multiple)
        wanted = torch.from_numpy(np.pad(present.astype(np.float32), ((0, 0), (1, 0)), constant_values=1))

        def prepare(rows: Sequence[int]) -> Predict:
            told = wanted[list(rows)].to(self.device)
            return lambda state, times: self._predict(state, times, told, 1 + guidance)

        shape, steps_of = (self.classes + 1, size, size), self.network.steps
        drawn = sample(prepare, seeds, shape, self.device, trained=steps_of, sampler=sampler, steps=steps)
        masks = without_small(drawn.argmax(1).to(torch.uint8).numpy())
        return masks, instances_of(masks)

    def _predict(
        self, state: torch.Tensor, times: torch.Tensor, told: torch.Tensor, scale: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The guided noise, and the share of the variance where the wish is known."""
        noise, share = self.network(state, times, told)
        if scale != 1:
            untold, _ = self.network(state, times, torch.zeros_like(told))
            noise = guided(noise, untold, scale)
        return noise, share
