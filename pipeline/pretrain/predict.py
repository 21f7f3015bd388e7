"""The simple rival of joint embeddings: predict the privileged view from the tile, by least squares."""

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, Outputs, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.colours import Colours
from pipeline.pretrain.controls import Control, controlled
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.projector import projector
from pipeline.pretrain.samples import Samples


class Predict(Objective):
    """A picture is predicted at low resolution from the encoder's last map and its features, a vector from these alone.

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
            PixelDecoder(encoder, width, numbers, side)
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
        predicted = self.decoder(self.encoder.outputs(view))
        return predicted, self._standardised(functional.adaptive_avg_pool2d(moved, predicted.shape[-2:]))

    def _vector(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Prediction and numbers, standardised, (B, d)."""
        view = self.augment(unit(batch["image"]), self.settings.primary_kind)
        shown = controlled(batch["privileged"], self.control, lambda numbers: numbers)
        return self.decoder(self.encoder(view)), self._standardised(shown)

    def _standardised(self, values: torch.Tensor) -> torch.Tensor:
        return (values - self.mean) / self.std


class PixelDecoder(nn.Module):
    """Predicts ``side`` x ``side`` pixels at each position of a map, from the map there and the features.

    It looks at no neighbourhood: what a picture needs of it, the encoder has to learn. The features, which alone are
    kept, are asked beside the map because those of a transformer are no mean of it.

    Args:
        encoder: Whose outputs are decoded.
        width: Of the hidden layer.
        colours: Channels of the picture.
        side: Pixels per position, along each axis.
    """

    def __init__(self, encoder: Encoder, width: int, colours: int, side: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(encoder.channels[-1] + encoder.features, width, 1),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, colours * side**2, 1),
            nn.PixelShuffle(side),
        )

    def forward(self, outputs: Outputs) -> torch.Tensor:
        """Pictures (B, colours, side * y, side * x) of features and maps (B, c, y, x)."""
        last = outputs.maps[-1]
        everywhere = outputs.features[:, :, None, None].expand(-1, -1, *last.shape[2:])
        pictures: torch.Tensor = self.body(torch.cat([last, everywhere], 1))
        return pictures
