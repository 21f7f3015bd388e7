"""A trained NASDM in use: masks of nuclei to tiles of tissue."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from pipeline.core.diffusion.conditions import check_classes, conditions
from pipeline.core.diffusion.samplers import check_multiple, check_rows, load_generator, sample
from pipeline.core.diffusion.sampling import Predict, guided
from pipeline.core.errors import ProductError
from pipeline.core.networks.conditional_norm import Conditions
from pipeline.core.networks.semantic_unet import COLOURS, SemanticUNet
from pipeline.core.translation.translator import to_images

GUIDANCE = 0.5  # Shrivastava and Fletcher 2023: scale 1.5


class Painter:
    """Paints tissue for masks; in eval mode, so equal masks and seeds give equal bytes.

    Args:
        network: On its device.
    """

    def __init__(self, network: SemanticUNet) -> None:
        self.network, self.classes = network.eval(), network.classes
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, folder: Path) -> "Painter":
        """What training exported; raises ProductError where it is no such network."""
        return cls(load_generator(folder, SemanticUNet))

    def __call__(
        self,
        mask: np.ndarray,
        instance: np.ndarray,
        seeds: Sequence[int],
        *,
        guidance: float = GUIDANCE,
        sampler: str = "ancestral",
        steps: int | None = None,
    ) -> np.ndarray:
        """Paints tiles, whatever the batch: a mask without nuclei is tissue without, a class without pixels no matter.

        Args:
            mask: Class ids, uint8 (tile, y, x), 0 to ``classes``.
            instance: Ids of nuclei, unsigned (tile, y, x), 0 for background.
            seeds: One per tile.
            guidance: How far the mask is overdone: 0 is the plain prediction, made by one pass in place of two.
            sampler: See :func:`sample`.
            steps: Likewise.

        Returns:
            uint8 (tile, y, x, 3).

        Raises:
            ProductError: Masks and instances differ in size, do not fit the network, or hold an unknown class.
            StudyError: See :func:`sample`.
        """
        name = type(self).__name__
        if mask.shape != instance.shape or mask.ndim != 3:
            raise ProductError(
                f"masks of {mask.shape} and instances of {instance.shape}",
                where=name,
                fix="hand over (tile, y, x) of each, of the same tiles",
            )
        check_rows(self.network, len(mask), seeds)
        check_multiple(self.network, mask.shape[1:], self.network.body.multiple)
        check_classes([mask], self.classes, where=name)

        def prepare(rows: Sequence[int]) -> Predict:
            known, ids = (torch.from_numpy(array[list(rows)].astype(np.int64)) for array in (mask, instance))
            return self._predict(conditions(known, ids, self.classes).to(self.device), 1 + guidance)

        shape = (COLOURS, *mask.shape[1:])
        return to_images(
            sample(prepare, seeds, shape, self.device, trained=self.network.steps, sampler=sampler, steps=steps)
        ).numpy()

    def _predict(self, picture: torch.Tensor, scale: float) -> Predict:
        """The guided prediction; that without the mask has the conditions zero, background and edges too."""
        told = [Conditions(picture, keep=True)]
        if scale != 1:
            told.append(Conditions(torch.zeros_like(picture[:1]), keep=True))

        def predict(state: torch.Tensor, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            (noise, share), *absent = self.network(state, times, *told)
            return guided(noise, absent[0][0] if absent else noise, scale), share

        return predict
