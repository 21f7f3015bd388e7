"""OPTiML: dense maps are compared by optimal transport (arXiv 2404.11868); what is our reading, ``transport`` says."""

import numpy as np
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.job import Job
from pipeline.core.kinds import Kind
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.controls import Control, controlled
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.projector import projector
from pipeline.pretrain.samples import Samples
from pipeline.pretrain.sources import new_encoder
from pipeline.pretrain.transport import TransportLoss


class OPTiML(Objective):
    """Two views of the tile, as published, or the tile and its privileged picture.

    Views need not be registered: transport finds which position of one map is which of the other.

    Args:
        encoder: Of the tile.
        settings: Common to all arms.
        loss: Of maps and expanded features.
        positions: Of the encoders' last map.
        privileged: Encoder of the privileged picture, whose last map is of the same shape; None: two views of the tile.
        view_kind: What the privileged picture shows.
        control: See :func:`pipeline.pretrain.controls.controlled`.
    """

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        *,
        loss: TransportLoss,
        positions: int,
        privileged: Encoder | None = None,
        view_kind: Kind = "light",
        control: Control = None,
    ) -> None:
        super().__init__(encoder, settings)
        self.loss, self.view_kind, self.control = loss, view_kind, control
        self.privileged_encoder = privileged
        self.expanders = nn.ModuleList(
            projector(branch.features, **settings.projector, out=positions * loss.d_tok)
            for branch in (encoder, privileged)
            if branch
        )

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "OPTiML":
        """With the options, the view and the control of the job's arm.

        Raises:
            ProductError: The maps of tile and view are of different shapes.
        """
        arm, own = job.spec["arm"], map_shape(encoder, samples.arrays["image"][:1])
        privileged = new_encoder(job, samples.colours["privileged"]) if arm["privileged"] else None
        if privileged and (other := map_shape(privileged, samples.arrays["privileged"][:1])) != own:
            raise ProductError(
                f"the maps of tile and privileged view are of different shapes: {own} and {other} (c, y, x)",
                where=str(job.manifest),
                fix="give the arm weights to start from that are of the family of its encoder, or none",
            )
        return cls(
            encoder,
            settings,
            loss=TransportLoss(**arm["options"]),
            positions=own[1] * own[2],
            privileged=privileged,
            view_kind=job.spec["view_kind"] or "light",
            control=arm["control"],
        )

    def losses(self, batch: Batch) -> Losses:
        if self.privileged_encoder is None:
            branches = [(self.encoder, self._tile(batch)), (self.encoder, self._tile(batch))]
        else:
            shown = unit(batch["privileged"])
            view = controlled(shown, self.control, lambda images: self.augment(images, self.view_kind))
            branches = [(self.encoder, self._tile(batch)), (self.privileged_encoder, view)]
        seen = [encoder.outputs(view) for encoder, view in branches]
        maps = [outputs.maps[-1].flatten(2).mT for outputs in seen]  # (B, positions, c)
        expanded = [self.expanders[0](seen[0].features), self.expanders[-1](seen[1].features)]
        losses: Losses = self.loss(maps, expanded)
        return losses

    def _tile(self, batch: Batch) -> torch.Tensor:
        return self.augment(unit(batch["image"]), self.settings.primary_kind)


@torch.no_grad()
def map_shape(encoder: Encoder, images: np.ndarray) -> tuple[int, ...]:
    """(c, y, x) of the encoder's last map of such images (tile, y, x, c); the encoder stays as it is."""
    training = encoder.training
    last = encoder.eval().outputs(unit(torch.from_numpy(images)).to(encoder.mean)).maps[-1]
    encoder.train(training)
    return tuple(last.shape[1:])
