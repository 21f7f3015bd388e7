"""Encoders and trainings so small that what an objective does to them can be told in seconds."""

import torch
from torch import nn

from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.train.batches import Batches
from pipeline.pretrain.objective import Settings

SIZE, PATCH = 16, 4
POSITIONS = (SIZE // PATCH) ** 2
SETTINGS = Settings(
    lr=5e-3,
    warmup=0.1,
    clip_norm=1.0,
    clip_per="global",
    reduction="mean",
    augment={},
    primary_kind="light",
    projector={"width": 16, "layers": 2},
)


class PatchEncoder(Encoder):
    """Two layers on patches: each position of its map sees its own patch alone, and features are their mean.

    Args:
        width: Of both layers, and so of the features.
        standardise: Features have mean 0 and deviation 1 over a batch's positions, so that no map is constant.
    """

    def __init__(self, width: int, *, standardise: bool = False) -> None:
        super().__init__({}, width, (width,), (0.5,) * 3, (0.1,) * 3)
        parts = [nn.Conv2d(3, width, PATCH, stride=PATCH), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 1)]
        self.body = nn.Sequential(*parts, *([nn.BatchNorm2d(width, affine=False)] if standardise else []))

    def outputs(self, images: torch.Tensor) -> Outputs:
        last = self.body(self.standardised(images))
        return Outputs(last.mean((2, 3)), (last,))


def train(learner, arrays, steps):
    """Trains in batches of 64; returns the losses of the last step."""
    optimizer, batches = learner.optimizers()["model"], Batches(arrays, size=64, seed=0)
    learner.train()
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = learner.settings.lr * learner.rate(step / steps)
        losses = learner(batches.at(step), "model")
        optimizer.zero_grad()
        losses["total"].backward()
        learner.clip(list(learner.parameters()))
        optimizer.step()
    return {name: float(value.detach()) for name, value in losses.items()}
