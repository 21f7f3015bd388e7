from pathlib import Path

import numpy as np
import pytest

from pipeline.core.cohort.classes import present
from pipeline.core.manifests.cohorts import PartManifest
from pipeline.core.store.store import TileStore
from pipeline.engine.run import run

from .painted import CLASSES, SIZE, part_job, plan_job, stain, write_cohort, write_generator


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", b="train", z="test")
    for name in ("painter", "maker"):
        write_generator(name)
    run(plan_job())


def made(*arguments, **changes) -> PartManifest:
    job = part_job(*arguments, **changes)
    run(job)
    return PartManifest.read(job.manifest)


def test_a_part_is_two_registered_slides_of_the_training_split():
    part = made()
    assert (part.tissue.stain, part.masks.stain) == ("HE", "nuclei")
    assert (part.tissue.slide, part.masks.paired_with) == ("more-part-000-HE", "more-part-000-HE")
    for slide in (part.tissue, part.masks):
        assert (slide.patient, slide.site, slide.split, slide.tiles) == ("more-part-000", "synthetic", "train", 30)
        store = TileStore(slide.store)
        assert (len(store), store.size) == (30, SIZE)
        assert store.attributes["slide"] == slide.slide
        assert len({tuple(corner) for corner in store.column("xy").tolist()}) == 30
        assert (store.column("tissue") == 1).all()


def test_every_store_says_where_it_comes_from():
    part = made()
    told = {
        "cohort": "more", "painter": "painter", "painted_by": "digest of painter", "masks": "maker",
        "masks_by": "digest of maker", "seed": 0, "guidance": 0.5, "mask_guidance": 1.5, "sampler": "ddim", "steps": 5,
    }  # fmt: skip
    assert part.provenance.model_dump() == told
    for slide in (part.tissue, part.masks):
        attributes = TileStore(slide.store).attributes
        assert {key: attributes[key] for key in told} == told
        assert attributes["classes"] == list(CLASSES)


def test_tissue_is_painted_for_the_mask_of_its_row():
    part = made()
    labels, tissue = TileStore(part.masks.store), TileStore(part.tissue.store).images()
    mask, instance = labels.array("mask")[:], labels.array("instance")[:]
    dark = tissue.mean(-1) < 150
    assert (dark == (mask > 0)).mean() > 0.99
    assert ((instance > 0) == (mask > 0)).all()
    assert (labels.images() == np.where(mask > 0, 255, 0)[..., None]).all()
    assert instance.dtype == np.uint16


def test_a_tile_is_the_same_in_any_batch_and_part():
    whole = made(batch=30)
    stores = [TileStore(own.store) for own in (whole.masks, whole.tissue)]
    for own in (made(batch=7), made("part-001", first=10, tiles=20, batch=3)):
        rows = slice(30 - own.tissue.tiles, 30)
        assert (TileStore(own.tissue.store).images() == stores[1].images()[rows]).all()
        assert (TileStore(own.masks.store).array("instance")[:] == stores[0].array("instance")[rows]).all()
    assert len({tile.tobytes() for tile in stores[1].images()}) == 30


def test_what_was_asked_and_got_is_counted():
    part = made()
    assert {name: own.model_dump() for name, own in part.counts.items()} == {
        "round": {"asked": 20, "got": 20, "met": 20, "nuclei": 40},
        "wide": {"asked": 10, "got": 10, "met": 10, "nuclei": 20},
    }
    assert part.exact == 30
    empty = made(maker="Empty")
    assert empty.counts["round"].model_dump() == {"asked": 20, "got": 0, "met": 0, "nuclei": 0}
    assert empty.exact == 10  # those that were asked to show nothing


def test_real_masks_are_those_of_training_tiles():
    run(plan_job(real=True))
    part = made(real=True)
    known = {
        mask.tobytes()
        for name in ("a", "b")
        for mask in TileStore(Path(f"data/normalized/{name}-nuclei.zarr")).array("mask")[:]
    }
    labels = TileStore(part.masks.store)
    masks = labels.array("mask")[:]
    assert {mask.tobytes() for mask in masks} <= known
    assert labels.array("instance")[:].max() == 4  # of numbers that were thousands
    assert part.counts["round"].got == present(masks, 2)[:, 0].sum() == 20
    assert part.provenance.masks == "real"


def test_a_killed_part_leaves_nothing_under_its_name(monkeypatch):
    def killed(mask, seed):
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.synthesize.painted.Painter.paint", lambda self, mask, seed: killed(mask, seed))
    with pytest.raises(KeyboardInterrupt):
        made()
    assert not part_job().manifest.exists()
    assert not part_job().outputs["folder"].exists()
    monkeypatch.setattr("tests.synthesize.painted.Painter.paint", lambda self, mask, seed: stain(mask, seed % 2**32))
    assert made().tissue.tiles == 30
