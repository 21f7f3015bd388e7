"""NASDM: Shrivastava and Fletcher, Nuclei-Aware Semantic Histopathology Image Generation, MICCAI 2023."""

from collections.abc import Sequence
from pathlib import Path

import torch

from pipeline.core.diffusion.conditions import conditions
from pipeline.core.diffusion.mask_colours import coloured
from pipeline.core.diffusion.painter import Painter
from pipeline.core.diffusion.sampling import Predict
from pipeline.core.networks.conditional_norm import Conditions
from pipeline.core.networks.prediction import Predicts
from pipeline.core.networks.semantic_unet import SemanticUNet
from pipeline.core.networks.weights import describe
from pipeline.core.train.batches import Batch
from pipeline.core.translation.dihedral import dihedral
from pipeline.core.translation.panel import write_columns
from pipeline.core.translation.translator import to_tensor
from pipeline.translate.diffusion import PANEL_STEPS, DiffusionLearner, dropped, shape_of

SHOWN, WEIGHTS = 3, (0.0, 0.5, 2.0)  # tiles of a panel, and the guidance of its columns


class NASDM(DiffusionLearner[SemanticUNet]):
    """Learns tissue, ``batch["target"]``, from ``batch["mask"]`` and ``batch["instance"]``.

    Two stages: first every tile with its mask, then, more slowly, some without, so that guidance has both predictions.

    Args:
        size: Side of a tile.
        lr: Base learning rate.
        classes: Of nuclei, with ids from 1.
        width: See :class:`SemanticUNet`; likewise ``mult``, ``blocks`` and ``hidden``.
        attention: Sides in pixels of the maps that attend to themselves.
        diffusion_steps: 1000 in the paper.
        predicts: See :class:`DiffusionLearner`.
        drop: Share of the tiles whose conditions are zero in the second stage; 0.2 in the paper.
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
        hidden: int,
        diffusion_steps: int,
        predicts: Predicts,
        drop: float,
        **options: float,
    ) -> None:
        shape = shape_of(size, width, mult, blocks, attention)
        known = {"classes": classes, "steps": diffusion_steps, "hidden": hidden, "predicts": predicts, **shape}
        config = describe(SemanticUNet, **known)
        network = SemanticUNet(**known)
        super().__init__(network, config, lr=lr, diffusion_steps=diffusion_steps, predicts=predicts, **options)
        self.classes, self.drop = classes, drop

    def task(self, batch: Batch) -> tuple[Predict, torch.Tensor]:
        labels = (batch[name].long().unsqueeze(1) for name in ("mask", "instance"))
        image, mask, instance = dihedral(to_tensor(batch["target"]), *labels)
        told = conditions(mask[:, 0], instance[:, 0], self.classes)
        known = Conditions(dropped(told, self.drop) if self.second else told)

        def predict(state: torch.Tensor, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            ((noise, share),) = self.network(state, times, known)
            return noise, share

        return predict, image

    def sample(self, folder: Path, step: int) -> None:
        """Writes ``step_000100.png``: masks, what is painted for them by guidance 0, 0.5 and 2, the real tiles."""
        if self.examples:
            mask, instance, real = (self.examples[name][::2][:SHOWN] for name in ("mask", "instance", "target"))
            painter, seeds = Painter(self.average.network), range(len(mask))
            painted = [painter(mask, instance, seeds, guidance=weight, steps=PANEL_STEPS) for weight in WEIGHTS]
            write_columns(folder / f"step_{step:06d}.png", coloured(mask, instance), *painted, real)
