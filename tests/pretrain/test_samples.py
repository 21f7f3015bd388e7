import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.store.store import TileStore
from pipeline.pretrain.samples import colour, read_samples

PLAIN = {"privileged": None, "only_with": None}
TASK = {"kind": "annotation"}


def gate():
    return read_json(__import__("pathlib").Path("data/privileged/toy/index.json"))


def test_all_training_tiles_and_no_others(study):
    samples = read_samples(Cohort.read(), PLAIN, None, None)
    assert samples.patients == ["A1", "A2"]
    assert len(samples.arrays["image"]) == samples.total == 24


def test_real_privileged_keeps_the_slides_with_a_partner(study):
    samples = read_samples(Cohort.read(), {**PLAIN, "privileged": "real/IHC"}, None, None)
    assert samples.patients == ["A1"]
    assert samples.total == 24
    partner = TileStore(study / "data/normalized/A1-IHC.zarr").images()
    assert np.array_equal(samples.arrays["privileged"][:], partner)


def test_equal_sample_count_for_a_synthetic_arm(study):
    samples = read_samples(Cohort.read(), {"privileged": "toy", "only_with": "IHC"}, None, gate())
    assert samples.patients == ["A1"]
    assert len(samples.arrays["privileged"]) == 12


def test_synthetic_views_are_row_aligned(study):
    samples = read_samples(Cohort.read(), {**PLAIN, "privileged": "toy"}, None, gate())
    second = TileStore(study / "data/privileged/toy/A2-HE.zarr").images()
    assert np.array_equal(samples.arrays["privileged"][12:], second)


def test_only_a_nuclei_target_is_a_mask(study):
    arm = {**PLAIN, "privileged": "toy"}
    assert not read_samples(Cohort.read(), arm, None, gate()).mask
    assert read_samples(Cohort.read(), arm, None, {**gate(), "target": "nuclei"}).mask


def test_supervised_keeps_labelled_tiles(study):
    samples = read_samples(Cohort.read(), PLAIN, TASK, None)
    assert samples.classes == ("stroma", "tumour")
    assert samples.arrays["label"].tolist() == [0, 1] * 8
    labelled = np.flatnonzero(np.arange(12) % 3)
    images = [TileStore(study / f"data/normalized/{slide}.zarr").tiles(labelled) for slide in ("A1-HE", "A2-HE")]
    assert np.array_equal(samples.arrays["image"][:], np.concatenate(images))


def test_no_tile_left_is_an_error(study):
    with pytest.raises(ProductError, match="no slide to learn from"):
        read_samples(Cohort.read(), {**PLAIN, "only_with": "CD3"}, None, None)


def test_colour_is_mean_and_deviation_in_unit_range():
    images = np.zeros((300, 2, 2, 3), np.uint8)
    images[:150, ..., 0], images[..., 1] = 255, 51
    mean, std = colour([images[:200], images[200:]])
    assert mean == (0.5, 0.2, 0.0)
    assert std == (0.5, 0.003922, 0.003922)
