from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.annotation import Annotation
from pipeline.core.tasks.stain import Stain
from pipeline.core.tasks.stain_share import StainShare
from pipeline.evaluate.features import measure
from pipeline.evaluate.probe_tiles import read_tiles

TASKS = {"tissue": Annotation({"kind": "annotation"})}
INDEX = Path("data/normalized/index.json")
IHC = {"stain": "IHC", "channel": 0, "threshold": 80}


def test_labelled_tiles_of_train_and_test(study):
    tiles = read_tiles(Cohort.read(INDEX), TASKS)
    assert len(tiles.slide) == 5 * 8
    assert set(tiles.patient[tiles.test]) == {"A3", "A4", "C1"}
    assert set(tiles.patient[~tiles.seen]) == {"C1"}
    assert tiles.row[:4].tolist() == [1, 2, 4, 5]


def test_a_stain_task_labels_slides_with_a_partner(study):
    tiles = read_tiles(Cohort.read(INDEX), {"stain": Stain({**IHC, "fraction": 0.55})})
    assert set(tiles.slide) == {"A1-HE", "A3-HE"}
    images = TileStore(study / "data/normalized/A3-IHC.zarr").images()
    expected = (images[..., 0] > 80).mean((1, 2)) > 0.55
    assert np.array_equal(tiles.targets["stain"][tiles.test], expected)


def test_values_and_classes_stand_beside_each_other(study):
    tiles = read_tiles(Cohort.read(INDEX), {**TASKS, "share": StainShare(IHC)})
    assert len(tiles.slide) == 2 * 12 + 3 * 8
    assert (len(tiles.split("share")[0]), len(tiles.split("tissue")[1])) == (12, 24)
    assert tiles.names == {"tissue": ("stroma", "tumour"), "share": ()}


def test_features_are_in_the_order_of_the_tiles(study):
    tiles = read_tiles(Cohort.read(INDEX), TASKS)
    encoder = load_encoder(study / "models/encoders/base/0")
    (features,) = measure(Cohort.read(INDEX), tiles, 5, lambda images: encoder.embed(images, 5))
    images = TileStore(study / "data/normalized/A4-HE.zarr").images()
    own = tiles.slide == "A4-HE"
    assert features[own] == pytest.approx(encoder.embed(images[tiles.row[own]], 100), abs=1e-5)


def test_only_wanted_tiles_are_read_and_those_of_a_block_are_computed_together(study, monkeypatch):
    read = []
    tiles_at = TileStore.tiles
    monkeypatch.setattr(TileStore, "tiles", lambda store, rows: (read.append(rows.tolist()), tiles_at(store, rows))[1])
    monkeypatch.delattr(TileStore, "blocks")
    tiles = read_tiles(Cohort.read(INDEX), TASKS)
    encoder = load_encoder(study / "models/encoders/base/0")
    (features,) = measure(Cohort.read(INDEX), tiles, 5, lambda images: encoder.embed(images, 5))
    assert read == [[1, 2, 4], [5, 7, 8], [10, 11]] * 5
    images = TileStore(study / "data/normalized/C1-HE.zarr").images()
    blocks = [encoder.embed(images[rows], 5) for rows in read[:3]]
    assert np.array_equal(features[tiles.slide == "C1-HE"], np.concatenate(blocks))


def change(slide, **facts):
    index = read_json(INDEX)
    index["members"][slide] |= facts
    write_json(INDEX, index)


def test_no_test_patient_is_an_error(study):
    for slide in ("A3-HE", "A4-HE", "C1-HE"):
        change(slide, split="train")
    with pytest.raises(ProductError, match="no labelled tile of a test patient"):
        read_tiles(Cohort.read(INDEX), TASKS)


def test_a_class_without_training_tiles_is_an_error(study):
    for slide in ("A1-HE", "A2-HE"):
        change(slide, split="test")
    change("C1-HE", split="train")
    with pytest.raises(ProductError, match="without a training tile: IHC negative, IHC positive"):
        read_tiles(Cohort.read(INDEX), {"stain": Stain({**IHC, "fraction": 0.5})})


def test_values_that_are_all_the_same_are_an_error(study):
    with pytest.raises(ProductError, match="training tiles of two values or more, found 1"):
        read_tiles(Cohort.read(INDEX), {"share": StainShare({**IHC, "threshold": 255})})
