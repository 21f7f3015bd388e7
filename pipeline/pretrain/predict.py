"""The simple rival of joint embeddings: predict the privileged view from the tile, by least squares."""

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.controls import Control, controlled
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.projector import projector
from pipeline.pretrain.samples import Colours, Samples


class Predict(Objective):
    """A picture is predicted at low resolution from the encoder's last map, a vector from its features.

    The picture is moved as the tile's view is and keeps its colours.

    Args:
        encoder: Of the tile.
        settings: Common to all arms.
        colours: Mean and deviation of each channel, or of each number, of what is predicted.
        picture: Whether that is a picture.
        control: See :func:`pipeline.pretrain.controls.controlled`.
        side: Predicted pixels per position of the map, along each axis.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        *,
        colours: Colours,
        picture: bool,
        control: Control = None,
        side: int = 4,
    ) -> None:
        super().__init__(encoder, settings)
        self.picture, self.control = picture, control
        mean, std = (torch.tensor(values, dtype=torch.float32) for values in colours)
        self.register_buffer("mean", mean.view(-1, 1, 1) if picture else mean, persistent=False)
        self.register_buffer("std", std.view(-1, 1, 1) if picture else std, persistent=False)
        width, numbers = settings.projector["width"], len(mean)
        self.decoder = (
            pixel_decoder(encoder.channels[-1], width, numbers, side)
            if picture
            else projector(encoder.features, width, layers=2, out=numbers)
        )

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Predict":
        """With the options and the control of the job's arm, of its privileged view."""
        arm = job.spec["arm"]
        return cls(
            encoder,
            settings,
            colours=samples.colours["privileged"],
            picture=job.spec["vectors"] is None,
            control=arm["control"],
            **arm["options"],
        )

    def losses(self, batch: Batch) -> Losses:
        predicted, sought = self._picture(batch) if self.picture else self._vector(batch)
        loss = functional.mse_loss(predicted.float(), sought)
        return {"squared_error": loss, "total": loss}

    def _picture(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Prediction and picture, standardised, (B, c, side * y, side * x) for maps (B, ..., y, x)."""
        shown = controlled(unit(batch["privileged"]), self.control, lambda images: images)
        view, moved = self.augment.together(unit(batch["image"]), self.settings.primary_kind, shown)
        predicted = self.decoder(self.encoder.outputs(view).maps[-1])
        return predicted, self._standardised(functional.adaptive_avg_pool2d(moved, predicted.shape[-2:]))

    def _vector(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Prediction and numbers, standardised, (B, d)."""
        view = self.augment(unit(batch["image"]), self.settings.primary_kind)
        shown = controlled(batch["privileged"], self.control, lambda numbers: numbers)
        return self.decoder(self.encoder(view)), self._standardised(shown)

    def _standardised(self, values: torch.Tensor) -> torch.Tensor:
        return (values - self.mean) / self.std


def pixel_decoder(channels: int, width: int, colours: int, side: int) -> nn.Sequential:
    """Maps (B, channels, y, x) to pictures (B, colours, side * y, side * x), each position by itself.

    Nothing but the encoder looks at a neighbourhood, so that what a picture needs of it the encoder has to learn.
    """
    return nn.Sequential(
        nn.Conv2d(channels, width, 1),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, colours * side**2, 1),
        nn.PixelShuffle(side),
    )
