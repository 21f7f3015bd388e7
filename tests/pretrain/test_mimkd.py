"""What MIMKD is for: information that a student cannot copy, for it cannot guess the teacher's features (slow)."""

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.train.batches import Batches
from pipeline.pretrain.feature_regression import FeatureRegression
from pipeline.pretrain.frozen import Frozen
from pipeline.pretrain.mimkd import MIMKD, TILE
from pipeline.pretrain.objective import Settings

from .conftest import SETTINGS
from .riddle import Riddle, riddles

COUNT, STEPS, BATCH, LR = 1024, 150, 64, 5e-3
TERMS = ("global", "local", "feature")


class Signs(Encoder):
    """A teacher who says plainly which sign each channel's shift has."""

    def __init__(self) -> None:
        super().__init__({}, 3, (3,), (0.5,) * 3, (1.0,) * 3)

    def outputs(self, images):
        signs = self.standardised(images).mean((2, 3)).sign()
        return Outputs(signs, (signs[:, :, None, None],))


def train(kind, teacher, images, seed, steps=STEPS, **options):
    """A student and the last losses of its training."""
    torch.manual_seed(seed)
    student = ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.1,) * 3)
    learner = kind(student, Settings(**{**SETTINGS, "lr": LR}), Frozen(teacher), **options).train()
    learner.augment = lambda view, kind: (view + 0.04 * torch.randn_like(view)).clamp(0, 1)
    (optimizer,), batches = (
        learner.optimizers().values(),
        Batches({"image": images, TILE: np.arange(len(images))}, size=BATCH, seed=seed),
    )
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = LR * learner.rate(step / steps)
        losses = learner(batches.at(step), "model")
        optimizer.zero_grad()
        losses["total"].backward()
        learner.clip(list(learner.parameters()))
        optimizer.step()
    return student, losses


def probed(student, images, factor):
    """Accuracy of a linear probe on the half of the tiles that it was not fitted to."""
    features, half = student.embed(images, 256), len(images) // 2
    features = (features - features[:half].mean(0)) / (features[:half].std(0) + 1e-6)
    return (
        LogisticRegression(C=0.1, max_iter=500)
        .fit(features[:half], factor[:half])
        .score(features[half:], factor[half:])
    )


@pytest.fixture(scope="module")
def tiles():
    images, signs = riddles(0, COUNT)
    return images, signs[:, 0] == signs[:, 1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_each_bound_tells_the_student_what_regression_cannot(tiles, seed):
    images, alike = tiles
    rival, _ = train(FeatureRegression, Riddle(), images, seed)
    own = {}
    for term in TERMS if seed == 0 else ("global",):
        others = {f"lambda_{other}": 0.0 for other in TERMS if other != term}
        student, _ = train(MIMKD, Riddle(), images, seed, tiles=COUNT, width=32, **others)
        own[term] = probed(student, images, alike)
    assert min(own.values()) > 0.97
    assert probed(rival, images, alike) < 0.92


@pytest.mark.slow
def test_infonce_finds_all_three_bits_that_there_are():
    images, _ = riddles(1, 256)
    only = {"lambda_local": 0.0, "lambda_feature": 0.0, "bound": "infonce", "bank": {"momentum": 0.0}}
    _, losses = train(MIMKD, Signs(), images, 0, tiles=256, width=32, **only)
    assert losses["global"].item() == pytest.approx(-math.log(256) + math.log(8), abs=0.3)
