"""What privileged information buys, on images whose factors are known (slow)."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from pipeline.pretrain.infonce import InfoNCE
from pipeline.pretrain.siamese import PrivilegedSiamese, Unprivileged
from pipeline.pretrain.trident import TriDeNT
from pipeline.pretrain.vicreg import VICReg

from .toys import PATCH, SETTINGS, SIZE, PatchEncoder, train

COUNT, STEPS, WIDTH, SEEDS = 1024, 150, 8, (0, 1, 2)
STRIPE = np.array([1.0, -1.0, 1.0, -1.0])
PATTERNS = np.stack([np.tile(STRIPE, (PATCH, 1)), np.tile(STRIPE[:, None], (1, PATCH))])  # columns, rows


def shifted(rng, **shifts):
    """Noise images (COUNT, y, x, 3) around grey, and what is added to red, green and blue."""
    images = rng.normal(128, 20, (COUNT, SIZE, SIZE, 3))
    for channel, shift in shifts.items():
        images[..., ("red", "green", "blue").index(channel)] += shift
    return images.clip(0, 255).astype(np.uint8)


def brightness(factor, amplitude):
    return (amplitude * (2 * factor - 1))[:, None, None]


def texture(rng, factor, amplitude):
    """Stripes along rows or columns, of either polarity in every patch, so that no mean of pixels tells them apart."""
    side = SIZE // PATCH
    polarity = rng.choice([-1, 1], (COUNT, side, side))
    return amplitude * np.einsum("nij,nab->niajb", polarity, PATTERNS[factor]).reshape(COUNT, SIZE, SIZE)


def draw(seed):
    """The tile alone shows ``own``, the view alone ``other``; ``shared`` is weak in the tile and strong in the view."""
    rng = np.random.default_rng(seed)
    own, shared, other = rng.integers(0, 2, (3, COUNT))
    arrays = {
        "image": shifted(rng, red=brightness(shared, 10), green=texture(rng, own, 20)),
        "privileged": shifted(rng, red=brightness(shared, 40), blue=brightness(other, 40)),
    }
    return arrays, {"own": own, "shared": shared, "other": other}


def noisy(images, kind):
    """A view in which colours vary by 10 grey levels, as much as ``shared`` changes them."""
    colour = 0.04 * torch.randn(len(images), 3, 1, 1)
    return (images + colour + 0.04 * torch.randn_like(images)).clamp(0, 1)


def probed(kind, loss, seed):
    """Accuracy of a linear probe of each factor on the encoder that ``kind`` trains."""
    arrays, factors = draw(seed)
    torch.manual_seed(seed)
    f, privileged = PatchEncoder(WIDTH), PatchEncoder(WIDTH)
    learner = kind(f, SETTINGS, loss=loss(), privileged=privileged if "privileged" in kind.branches else None)
    learner.augment = noisy
    train(learner, arrays, STEPS)
    features = f.embed(arrays["image"], 256)
    half = COUNT // 2
    features = (features - features[:half].mean(0)) / (features[:half].std(0) + 1e-6)
    return {
        name: LogisticRegression(C=0.1, max_iter=500).fit(features[:half], y[:half]).score(features[half:], y[half:])
        for name, y in factors.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("loss", [InfoNCE, VICReg])
def test_trident_keeps_what_each_siamese_loses(loss):
    """Means over seeds; the first two differences are 0.33 and 0.48 with InfoNCE, 0.22 and 0.48 with VICReg."""
    kinds = (TriDeNT, PrivilegedSiamese, Unprivileged)
    trident, privileged, plain = (pd.DataFrame([probed(kind, loss, seed) for seed in SEEDS]).mean() for kind in kinds)
    assert trident["own"] > privileged["own"] + 0.1
    assert trident["shared"] > plain["shared"] + 0.25
    assert trident["own"] > 0.8
    assert trident["shared"] > 0.9
    assert trident["other"] < 0.6  # the tile does not show it
