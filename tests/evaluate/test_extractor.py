import numpy as np
import pytest
import torch

from pipeline.core.networks.encoder import save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.evaluate.extractor import EXTRACTOR, load_extractor

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)


def test_ours_is_always_the_same():
    one, other = load_extractor(), load_extractor()
    assert one.name == other.name == EXTRACTOR
    assert (one(IMAGES) == other(IMAGES)).all()


def test_a_look_has_the_features_and_vectors_of_one_length_per_stage():
    features, vectors = load_extractor().look(IMAGES)
    assert features == pytest.approx(load_extractor()(IMAGES), abs=1e-5)
    assert np.square(vectors).sum(1) == pytest.approx([4, 4, 4], rel=1e-5)  # places of four stages, averaged


def test_weights_of_one_folder_name_are_told_apart(tmp_path):
    names = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        folder = tmp_path / str(seed) / "weights"
        save_encoder(folder, ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3))
        names.append(load_extractor(folder).name)
    assert all(name.startswith("weights_") for name in names)
    assert names[0] != names[1]
