import numpy as np
import pytest
import torch

from pipeline.core.digests import digest_file
from pipeline.core.job import Job
from pipeline.core.networks.encoder import save_encoder
from pipeline.core.networks.inception import InceptionV3
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.evaluate.extractor import EXTRACTOR, extractor_of, load_extractor

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


def looking(extractor):
    code = {"extractor": "pipeline.core.networks.inception:read_inception"} if isinstance(extractor, dict) else {}
    return extractor_of(Job("evaluate", "evaluate_cohort", ("more",), code, {}, {}, {"extractor": extractor}))


def test_a_job_looks_with_what_its_spec_names(tmp_path):
    torch.manual_seed(0)
    save_encoder(tmp_path / "weights", ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3))
    assert looking(None).name == EXTRACTOR
    assert looking(str(tmp_path / "weights")).name == load_extractor(tmp_path / "weights").name
    assert looking(None).chances is None


def test_inception_is_named_by_its_file_and_tells_chances(tmp_path):
    """Whatever the file is called, it is the same network, and another file is another."""
    names = []
    for seed, name in enumerate(("one.pth", "other.pth")):
        torch.manual_seed(seed)
        path = tmp_path / name
        torch.save({key: value.half() for key, value in InceptionV3().state_dict().items()}, path)
        found = looking({"inception": str(path)})
        assert found.name == f"inception_{digest_file(path)[:8]}"
        names.append(found.name)
    assert names[0] != names[1]
    features, vectors = found.look(IMAGES[:1])
    assert features.shape == (1, 2048)
    assert vectors.shape == (1, (64 + 192 + 768 + 2048) * 64)
    assert np.square(vectors).sum() == pytest.approx(4, rel=1e-4)
    chances = found.chances(features)
    assert chances.shape == (1, 1008)
    assert chances.sum() == pytest.approx(1, abs=1e-5)
