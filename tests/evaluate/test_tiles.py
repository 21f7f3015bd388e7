import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.store.store import TileStore
from pipeline.evaluate.tiles import embed, read_tiles

TASKS = {"tissue": {"kind": "annotation"}}
INDEX = "data/normalized/index.json"


def test_labelled_tiles_of_train_and_test(study):
    tiles = read_tiles(Cohort.read(), TASKS)
    assert len(tiles.slide) == 5 * 8
    assert set(tiles.patient[tiles.test]) == {"A3", "A4", "C1"}
    assert set(tiles.patient[~tiles.seen]) == {"C1"}
    assert tiles.row[:4].tolist() == [1, 2, 4, 5]


def test_a_stain_task_labels_slides_with_a_partner(study):
    task = {"kind": "stain", "stain": "IHC", "channel": 0, "threshold": 80, "fraction": 0.55}
    tiles = read_tiles(Cohort.read(), {"stain": task})
    assert set(tiles.slide) == {"A1-HE", "A3-HE"}
    images = TileStore(study / "data/normalized/A3-IHC.zarr").images()
    expected = (images[..., 0] > 80).mean((1, 2)) > 0.55
    assert np.array_equal(tiles.labels["stain"][tiles.test], expected)


def test_features_are_in_the_order_of_the_tiles(study):
    tiles = read_tiles(Cohort.read(), TASKS)
    encoder = load_encoder(study / "models/encoders/base/0")
    features = embed(encoder, Cohort.read(), tiles, 5)
    images = TileStore(study / "data/normalized/A4-HE.zarr").images()
    own = tiles.slide == "A4-HE"
    assert features[own] == pytest.approx(encoder.embed(images[tiles.row[own]], 100), abs=1e-5)


def change(study, slide, **facts):
    index = read_json(study / INDEX)
    index["members"][slide] |= facts
    write_json(study / INDEX, index)


def test_no_test_patient_is_an_error(study):
    for slide in ("A3-HE", "A4-HE", "C1-HE"):
        change(study, slide, split="train")
    with pytest.raises(ProductError, match="no labelled tile of a test patient"):
        read_tiles(Cohort.read(), TASKS)


def test_a_class_without_training_tiles_is_an_error(study):
    for slide in ("A1-HE", "A2-HE"):
        change(study, slide, split="test")
    change(study, "C1-HE", split="train")
    task = {"kind": "stain", "stain": "IHC", "channel": 0, "threshold": 80, "fraction": 0.5}
    with pytest.raises(ProductError, match="without a training tile: IHC negative, IHC positive"):
        read_tiles(Cohort.read(), {"stain": task})
