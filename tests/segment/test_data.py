"""What a segmenter learns from: shares drawn by hash, painted tiles, views."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.labelled import labelled_slides
from pipeline.core.cohort.painted import Painted
from pipeline.core.errors import ProductError
from pipeline.core.manifests.cohorts import PartManifest
from pipeline.core.manifests.translators import GateManifest, PooledQuality, ViewManifest
from pipeline.core.store.store import TileStore, write_store
from pipeline.engine.run import run
from pipeline.segment.data import drawn, read_tiles
from tests.synthesize.painted import (
    CLASSES,
    INDEX,
    OUT,
    SIZE,
    TILES,
    cohort_job,
    part_job,
    plan_job,
    write_cohort,
    write_generator,
)

TOTAL = 2 * TILES
PAINTED = 30


@pytest.fixture
def cohort(tmp_path, monkeypatch):
    """Training patients a and b, a test patient c, and thirty painted tiles."""
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", b="train", c="test")
    for name in ("painter", "maker"):
        write_generator(name)
    for job in (plan_job(), part_job(), cohort_job("part-000")):
        run(job)
    return Cohort.read(INDEX)


def spec(repeat=0, **train):
    stains = {"images": "HE", "labels": "nuclei"}
    return {"seed": 0, "repeat": repeat, "stains": stains, "classes": list(CLASSES), "train": train or {"real": 1.0}}


def tiles(cohort, gate=None, **train):
    painted = {"more": Painted.read(OUT / "index.json")} if "more" in train else {}
    return read_tiles(cohort, spec(**train), gate, painted)


def images(found):
    return {tile.tobytes() for tile in found.arrays["image"][:]}


def test_all_tiles_of_training_patients_are_learned_with_their_labels(cohort):
    found = tiles(cohort)
    assert (found.learned, found.real, found.patients) == ({"real": TOTAL}, TOTAL, ["a", "b"])
    assert {name: array.shape for name, array in found.arrays.items()} == {
        "image": (TOTAL, SIZE, SIZE, 3), "mask": (TOTAL, SIZE, SIZE), "instance": (TOTAL, SIZE, SIZE),
    }  # fmt: skip
    real = TileStore(Path("data/normalized/a-nuclei.zarr"))
    assert np.array_equal(found.arrays["mask"][:TILES], real.array("mask")[:])
    assert (found.size, found.channels) == (SIZE, 3)


def test_fewer_real_tiles_are_always_among_more(cohort):
    few, more, all_of_them = (images(tiles(cohort, real=share)) for share in (0.25, 0.5, 1.0))
    assert [len(few), len(more), len(all_of_them)] == [TOTAL // 4, TOTAL // 2, TOTAL]
    assert few < more < all_of_them


def test_another_repeat_draws_others(cohort):
    slides = labelled_slides(cohort, images="HE", labels="nuclei", split="train")
    one, other = (drawn(slides, 0, repeat) for repeat in (0, 1))
    assert sorted(one) == sorted(other) == list(range(TOTAL))
    assert set(one[:12]) != set(other[:12])


def test_who_leaves_moves_no_two_others(cohort):
    both = labelled_slides(cohort, images="HE", labels="nuclei", split="train")
    alone = drawn(both[:1], 0, 0)
    assert [row for row in drawn(both, 0, 0) if row < TILES] == alone.tolist()


def test_painted_tiles_are_the_first_ones_beside_the_real(cohort):
    found = tiles(cohort, real=0.25, more=0.5)
    assert found.learned == {"real": TOTAL // 4, "more": TOTAL // 2}
    assert found.real == TOTAL
    part = PartManifest.read(OUT / "part-000.json")
    first = TileStore(part.tissue.store).images()[: TOTAL // 2]
    assert np.array_equal(found.arrays["image"][TOTAL // 4 :], first)
    assert found.arrays["instance"].dtype == np.uint32  # real ids are wider than painted ones
    masks = TileStore(part.masks.store).array("instance")[: TOTAL // 2]
    assert np.array_equal(found.arrays["instance"][TOTAL // 4 :], masks)


def test_the_order_in_which_sources_are_written_changes_nothing(cohort):
    one, other = tiles(cohort, real=0.25, more=0.5), tiles(cohort, more=0.5, real=0.25)
    assert np.array_equal(one.arrays["image"][:], other.arrays["image"][:])


def test_painted_tiles_alone_are_of_the_patients_that_taught_the_painter(cohort):
    found = tiles(cohort, more=0.5)
    assert (found.learned, found.real, found.patients) == ({"more": TOTAL // 2}, TOTAL, ["a"])


def test_a_cohort_with_fewer_tiles_is_told_by_both_numbers(cohort):
    with pytest.raises(ProductError) as error:
        tiles(cohort, real=1.0, more=1.0)
    assert error.value.message == "1 of 48 real tiles with labels are 48, and 'more' has 30 painted ones"
    assert error.value.fix == "set synthesize.cohorts.more.tiles to 48 or more, or lower the share"


def test_painted_masks_of_other_classes_are_refused(cohort):
    told = {**spec(more=0.5), "classes": ["round", "tall"]}
    with pytest.raises(ProductError, match="expected classes round, tall, found round, wide"):
        read_tiles(cohort, told, None, {"more": Painted.read(OUT / "index.json")})


def test_an_id_without_a_class_is_refused(cohort):
    with pytest.raises(ProductError, match="class id 2 in a mask, expected 0 to 1") as error:
        read_tiles(cohort, {**spec(), "classes": ["round"]}, None, {})
    assert error.value.where == "a-HE"


def test_without_a_labelled_slide_there_is_nothing_to_learn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cohort(c="test")
    with pytest.raises(ProductError, match="no slide of 'HE' in the split 'train' is registered to labels 'nuclei'"):
        read_tiles(Cohort.read(INDEX), spec(), None, {})


def test_views_are_learned_with_the_labels_of_their_parents(cohort):
    members = {}
    for patient in "ab":
        store = Path(f"data/privileged/t/0/{patient}-HE.zarr")
        made = 255 - TileStore(Path(f"data/normalized/{patient}-HE.zarr")).images()
        write_store(store, [made], {"xy": np.zeros((TILES, 2), np.int64)}, {}, size=SIZE)
        facts = {"patient": patient, "site": "s", "stain": "IHC", "split": "train"}
        name = f"{patient}-HE"
        members[name] = ViewManifest(slide=name, store=store, tiles=TILES, translator="t", repeat=0, seed=0, **facts)
    ends = {"source": "HE", "target": "IHC", "patients": (), "gates": {}}
    quality = PooledQuality(slides=0, tiles=0)
    gate = GateManifest(translator="t", repeat=0, members=members, quality=quality, **ends)
    seen, plain = tiles(cohort, gate, real=0.5), tiles(cohort, real=0.5)
    assert np.array_equal(seen.arrays["image"][:], 255 - plain.arrays["image"][:])
    assert np.array_equal(seen.arrays["mask"][:], plain.arrays["mask"][:])
