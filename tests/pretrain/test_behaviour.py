"""What privileged information buys, on images whose factors are known (slow)."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.train.batches import Batches
from pipeline.pretrain.infonce import InfoNCE
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.siamese import PrivilegedSiamese, Unprivileged
from pipeline.pretrain.trident import TriDeNT

COUNT, SIZE, STEPS = 1024, 16, 150
SETTINGS = Settings(
    lr=2e-3,
    warmup=0.1,
    clip_norm=1.0,
    clip_per="global",
    reduction="mean",
    augment={},
    primary_kind="light",
    projector={"width": 32, "layers": 2},
)
CHANNELS = {"shared": 0, "own": 1, "other": 2}


def draw(rng, amplitudes):
    """Noise images in which each binary factor shifts a channel by plus or minus its amplitude."""
    images = rng.normal(0, 20, (COUNT, SIZE, SIZE, 3)) + 128
    for name, (amplitude, factor) in amplitudes.items():
        images[..., CHANNELS[name]] += (amplitude * (2 * factor - 1))[:, None, None]
    return images.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def toy():
    """The image shows ``own`` strongly and ``shared`` no more than a view's colour varies."""
    rng = np.random.default_rng(0)
    own, shared, other = rng.integers(0, 2, (3, COUNT))
    arrays = {
        "image": draw(rng, {"own": (40, own), "shared": (10, shared)}),
        "privileged": draw(rng, {"shared": (40, shared), "other": (40, other)}),
    }
    return arrays, {"own": own, "shared": shared, "other": other}


def noisy(images, kind):
    """A view in which colours vary by 10 grey levels; the real jitter would exchange the channels."""
    colour = 0.04 * torch.randn(len(images), 3, 1, 1)
    return (images + colour + 0.04 * torch.randn_like(images)).clamp(0, 1)


def probed(kind, toy):
    """Accuracy of a linear probe of each factor on the encoder that ``kind`` trains."""
    arrays, factors = toy
    torch.manual_seed(0)
    f, privileged = (ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.1,) * 3) for _ in range(2))
    learner = kind(f, SETTINGS, loss=InfoNCE(), privileged=privileged if "privileged" in kind.branches else None)
    learner.augment = noisy
    optimizer, batches = learner.optimizers()["model"], Batches(arrays, size=64, seed=0)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = SETTINGS.lr * learner.rate(step / STEPS)
        losses = learner(batches.at(step), "model")
        optimizer.zero_grad()
        losses["total"].backward()
        learner.clip(list(learner.parameters()))
        optimizer.step()
    features = f.embed(arrays["image"], 256)
    half = COUNT // 2
    scale = features[:half].std(0) + 1e-6
    features = (features - features[:half].mean(0)) / scale
    return {
        name: LogisticRegression(C=0.1, max_iter=500).fit(features[:half], y[:half]).score(features[half:], y[half:])
        for name, y in factors.items()
    }


@pytest.mark.slow
def test_trident_keeps_what_each_siamese_loses(toy):
    trident, privileged, plain = (probed(kind, toy) for kind in (TriDeNT, PrivilegedSiamese, Unprivileged))
    assert trident["own"] >= privileged["own"]
    assert trident["shared"] >= plain["shared"]
    assert trident["own"] > 0.9
    assert trident["shared"] > 0.9
    assert trident["other"] < 0.6  # the image does not show it
