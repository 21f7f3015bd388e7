"""Slides with labels, whichever of the two the sheet calls registered."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.cohort.labelled import labelled_slides
from pipeline.core.errors import ProductError
from pipeline.core.manifests.translators import GateManifest, PooledQuality, ViewManifest
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import write_store

SIZE, TILES = 8, 3
LABELS = {"image": TileArray(), "mask": TileArray("uint8", None), "instance": TileArray("uint16", None)}


def member(folder, slide, stain, paired_with="", *, tiles=TILES, split="train", labels=False):
    store = Path(folder) / f"{slide}.zarr"
    image = np.zeros((tiles, SIZE, SIZE, 3), np.uint8)
    flat = np.ones((tiles, SIZE, SIZE))
    block = {"image": image, "mask": flat.astype(np.uint8), "instance": flat.astype(np.uint16)} if labels else image
    write_store(
        store,
        [block],
        {"xy": np.zeros((tiles, 2), np.int64)},
        {},
        size=SIZE,
        arrays=LABELS if labels else {"image": TileArray()},
    )
    return Member(slide, slide[0], "s", stain, split, paired_with, store, tiles)


def found(*members, split="train"):
    return labelled_slides(Cohort(members), images="HE", labels="nuclei", split=split)


def test_slides_are_found_whichever_is_registered_to_the_other(tmp_path):
    one = member(tmp_path, "b", "HE"), member(tmp_path, "b-n", "nuclei", "b", labels=True)
    other = member(tmp_path, "a", "HE", "a-n"), member(tmp_path, "a-n", "nuclei", labels=True)
    assert [(own.slide.slide, own.labels.stem) for own in found(*one, *other)] == [("a", "a-n"), ("b", "b-n")]
    assert found(*one)[0].array("mask").shape == (TILES, SIZE, SIZE)


def test_a_picture_of_a_mask_labels_nothing(tmp_path):
    with pytest.raises(ProductError, match="no slide of 'HE' in the split 'train' is registered to labels 'nuclei'"):
        found(member(tmp_path, "a", "HE"), member(tmp_path, "a-n", "nuclei", "a"))


def test_slides_of_another_split_are_not_there(tmp_path):
    pair = member(tmp_path, "a", "HE", split="test"), member(tmp_path, "a-n", "nuclei", "a", split="test", labels=True)
    assert len(found(*pair, split="test")) == 1
    with pytest.raises(ProductError, match="no slide of 'HE' in the split 'train'"):
        found(*pair)


def test_registered_slides_have_the_same_tiles(tmp_path):
    with pytest.raises(ProductError, match="registered slides have 3 and 2 tiles"):
        found(member(tmp_path, "a", "HE"), member(tmp_path, "a-n", "nuclei", "a", tiles=2, labels=True))


def gate(**views):
    quality = PooledQuality(slides=0, tiles=0)
    facts = {"patient": "a", "site": "s", "stain": "IHC", "split": "train", "translator": "t", "repeat": 1, "seed": 0}
    members = {
        name: ViewManifest(slide=name, store=Path(f"{name}-view.zarr"), tiles=n, **facts) for name, n in views.items()
    }
    own = {"translator": "t", "repeat": 1, "source": "HE", "target": "IHC", "patients": (), "gates": {}}
    return GateManifest(members=members, quality=quality, **own)


def test_pixels_are_the_tiles_or_their_views(tmp_path):
    (own,) = found(member(tmp_path, "a", "HE"), member(tmp_path, "a-n", "nuclei", "a", labels=True))
    assert own.pixels(None) == own.slide.store
    assert own.pixels(gate(a=TILES)) == Path("a-view.zarr")
    for short in (gate(), gate(a=TILES - 1)):
        with pytest.raises(ProductError, match="no view of every tile of a") as error:
            own.pixels(short)
        assert error.value.where == "data/privileged/t/1/a.json"
