"""What captions teach, on images of known colours (slow)."""

import numpy as np
import pytest
import torch

from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.train.batches import Batches
from pipeline.pretrain.clip import CLIP
from pipeline.pretrain.clip_lite import CLIPLite
from pipeline.pretrain.language import language_of
from pipeline.pretrain.objective import Settings

from .conftest import SETTINGS

COUNT, STEPS = 512, 150
CLASSES = ("red", "green", "blue")
CAPTIONS = tuple(sorted(f"{start} tile that is {name}" for name in CLASSES for start in ("a", "one")))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [CLIP, CLIPLite])
def test_a_tile_is_told_by_the_name_of_its_colour(kind):
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, COUNT)
    images = rng.normal(128, 20, (COUNT, 16, 16, 3))
    images[np.arange(COUNT), ..., label] += 30
    images = images.clip(0, 255).astype(np.uint8)
    said = [[CAPTIONS.index(f"{start} tile that is {CLASSES[c]}") for start in ("a", "one")] for c in label]
    torch.manual_seed(0)
    encoder = ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.1,) * 3)
    language = language_of(encoder.features, CAPTIONS, width=16, text=None, layers=2, text_width=32, heads=2)
    settings = Settings(**{**SETTINGS, "lr": 1e-3, "augment": {"colour": 0.0, "geometry": 1.0}})
    learner = kind(encoder, settings, language=language, captions=language.text.tokens(CAPTIONS))
    batches = Batches({"image": images[:384], "caption": np.array(said)[:384]}, size=64, seed=0)
    optimizer = learner.optimizers()["model"]
    for step in range(STEPS):
        optimizer.zero_grad()
        learner(batches.at(step), "model")["total"].backward()
        optimizer.step()
        learner.after_step(step + 1)
    shown = language.eval().images(torch.from_numpy(encoder.embed(images[384:], 128))).detach().numpy()
    told = (shown @ language.vectors([f"a tile that is {name}" for name in CLASSES]).T).argmax(1)
    assert (told == label[384:]).mean() > 0.9
