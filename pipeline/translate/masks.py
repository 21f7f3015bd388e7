"""A diffusion of masks of nuclei, told which classes are present; Shrivastava and Fletcher 2023 sketch it."""

from collections.abc import Sequence
from pathlib import Path

import torch

from pipeline.core.diffusion.conditions import one_hot, presence
from pipeline.core.diffusion.mask_colours import coloured
from pipeline.core.diffusion.mask_maker import MaskMaker
from pipeline.core.diffusion.nuclei import instances_of
from pipeline.core.diffusion.sampling import Predict
from pipeline.core.networks.prediction import Predicts
from pipeline.core.networks.presence_unet import PresenceUNet
from pipeline.core.networks.weights import describe
from pipeline.core.train.batches import Batch
from pipeline.core.translation.dihedral import dihedral
from pipeline.core.translation.panel import write_columns
from pipeline.translate.diffusion import PANEL_STEPS, DiffusionLearner, dropped, shape_of


class Masks(DiffusionLearner[PresenceUNet]):
    """Learns ``batch["mask"]``, given which classes it shows.

    Args:
        size: Side of a tile.
        lr: Base learning rate.
        classes: Of nuclei, with ids from 1.
        width: See :class:`PresenceUNet`; likewise ``mult`` and ``blocks``.
        attention: Sides in pixels of the maps that attend to themselves.
        diffusion_steps: As NASDM's.
        predicts: See :class:`DiffusionLearner`.
        drop: Share of the masks of which nothing is said.
        options: See :class:`DiffusionLearner`.
    """

    def __init__(
        self,
        *,
        size: int,
        lr: float,
        classes: int,
        width: int,
        mult: Sequence[int],
        blocks: int,
        attention: Sequence[int],
        diffusion_steps: int,
        predicts: Predicts,
        drop: float,
        **options: float,
    ) -> None:
        shape = shape_of(size, width, mult, blocks, attention)
        known = {"classes": classes, "steps": diffusion_steps, "predicts": predicts, **shape}
        config = describe(PresenceUNet, **known)
        network = PresenceUNet(**known)
        super().__init__(network, config, lr=lr, diffusion_steps=diffusion_steps, predicts=predicts, **options)
        self.classes, self.drop, self.size = classes, drop, size

    def task(self, batch: Batch) -> tuple[Predict, torch.Tensor]:
        (mask,) = dihedral(batch["mask"].long().unsqueeze(1))
        told = dropped(presence(mask[:, 0], self.classes), self.drop)
        return lambda state, times: self.network(state, times, told), 2 * one_hot(mask[:, 0], self.classes) - 1

    def sample(self, folder: Path, step: int) -> None:
        """Writes ``step_000100.png``: masks, and others that show the same classes."""
        if self.examples:
            mask = self.examples["mask"]
            wanted = presence(torch.from_numpy(mask), self.classes)[:, 1:].bool().numpy()
            made, instance = MaskMaker(self.average.network)(
                wanted, range(len(mask)), size=self.size, steps=PANEL_STEPS
            )
            write_columns(folder / f"step_{step:06d}.png", coloured(mask, instances_of(mask)), coloured(made, instance))
