"""Segmenters of known worth on discs: one that finds every dark pixel, one that finds nothing."""

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import label

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.manifests.translators import GateManifest, PooledQuality, ViewManifest
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.pools import load_scores
from pipeline.core.store.store import TileStore, write_store
from pipeline.engine.run import run
from pipeline.evaluate import segmenter_score
from tests.synthesize.painted import CLASSES, INDEX, SIZE, TILES, write_cohort, write_generator

SCORES = Path("results/scores/segmenters/toy.json")


class Fake:
    """Reads ``good``, dark pixels as the class ``round``; ``blind``, nothing."""

    classes = len(CLASSES)
    seen = 0  # calls

    def __init__(self, kind):
        self.kind = kind

    @classmethod
    def load(cls, folder):
        return cls(folder.parent.name)

    def __call__(self, images):
        Fake.seen += 1
        dark = images.mean(-1) < 150 if self.kind == "good" else np.zeros(images.shape[:3], bool)
        instance = np.stack([label(own)[0] for own in dark]).astype(np.uint16)
        return dark.astype(np.uint8), instance


@pytest.fixture(autouse=True)
def cohort(tmp_path, monkeypatch):
    """Training patient a; test patients c, of the same site, and d, of another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(segmenter_score, "Segmenter", Fake)
    Fake.seen = 0
    write_cohort(a="train", c="test", d="test")
    index = read_json(INDEX)
    for name in ("d-HE", "d-nuclei"):
        index["members"][name]["site"] = "elsewhere"
    write_json(INDEX, index)


def write_segmenter(kind, seed, patients=("a",)):
    folder = Path(f"models/segmenters/{kind}/{seed}")
    made = {"steps": 1, "tiles": 1, "weights": {}, "configs": {}, "history": folder / "history.csv", "folder": folder}
    stains = {"labels": "nuclei", "images": "HE", "reads": "HE"}
    own = SegmenterManifest(
        arm="toy", seed=seed, method="toy", classes=CLASSES, learned={}, real=1, patients=patients, **stains, **made
    )
    write_json(folder.with_suffix(".json"), own.model_dump(mode="json"))
    return folder.with_suffix(".json")


def job(*kinds, groups=None, **spec):
    seeds = {str(seed): write_segmenter(kind, seed) for seed, kind in enumerate(kinds)}
    spec = {"stains": {"labels": "nuclei", "test": "HE", **spec}}
    code = {"maker": "pipeline.evaluate.segmenter_score:score_segmenter", "network": "pipeline.core.networks.unet:UNet"}
    outputs = {"manifest": SCORES, "scores": SCORES.with_suffix(".npz")}
    own = {"seeds": seeds, **(groups or {})}
    return Job("evaluate", "evaluate_segmenter", ("toy",), code, {"cohort": INDEX}, outputs, spec, own)


def scored(own):
    """(domain, seed, metric) to its value for all patients, and the records."""
    run(own)
    made = ScoresManifest.read(SCORES)
    found = {}
    for score in load_scores(made):
        values = replicate(score.pool, len(score.patients))
        found |= {(score.domain, score.seed, name): value[0, 0] for name, value in values.items()}
    return found, made


def test_each_seed_is_scored_in_each_domain():
    found, made = scored(job("good", "blind"))
    assert found["in_domain", 0, "tile_dice"] > 0.4  # every disc, as one of two classes
    assert found["in_domain", 0, "dice/round"] > 0.6
    assert found["unseen_site", 0, "bpq"] > 0.9
    assert found["unseen_site", 1, "dice"] == 0
    assert {(r.domain, r.seed, r.pool) for r in made.records} == {
        (domain, seed, pool)
        for domain in ("in_domain", "unseen_site")
        for seed in (0, 1)
        for pool in ("Overlap", "Detection", "Jaccard", "Means")
    }
    assert {(r.task, r.name, r.patients, r.n) for r in made.records} == {("segment", "", 1, TILES)}


def test_how_many_tiles_are_held_changes_nothing(monkeypatch):
    before, _ = scored(job("good"))
    monkeypatch.setattr(segmenter_score, "BLOCK", 7)
    after, _ = scored(job("good"))
    assert after == pytest.approx(before, nan_ok=True)


def test_all_that_was_measured_on_the_same_tiles_can_be_paired():
    _, made = scored(job("good", "blind"))
    assert len({r.paired for r in made.records if r.domain == "in_domain"}) == 1
    assert len({r.paired for r in made.records}) == 2


def test_the_best_the_median_and_the_worst_tile_are_kept():
    scored(job("good"))
    with np.load(SCORES.with_suffix(".npz")) as file:
        shown = {name.removeprefix("shown/"): file[name] for name in file.files if name.startswith("shown/")}
    assert shown["image"].shape == (3, SIZE, SIZE, 3)
    assert shown["dice"][0] > 0.95 > shown["dice"][2]
    assert (np.diff(shown["dice"]) <= 0).all()
    at = np.array([shown["row"][0]])
    store = TileStore(Path(f"data/normalized/{shown['slide'][0]}.zarr"))
    assert np.array_equal(shown["image"][:1], store.tiles(at))
    assert np.array_equal(shown["found_mask"], (shown["image"].mean(-1) < 150).astype(np.uint8))
    assert shown["mask"].any((1, 2)).all()


def write_views(seed, *, invert):
    """Views of the test tiles, darkest where the tiles are brightest, and the translator that made them."""
    members, home = {}, Path(f"data/privileged/there/{seed}")
    for patient in "cd":
        name = f"{patient}-HE"
        images = TileStore(Path(f"data/normalized/{name}.zarr")).images()
        write_store(
            home / f"{name}.zarr",
            [255 - images if invert else images],
            {"xy": np.zeros((TILES, 2), np.int64)},
            {},
            size=SIZE,
        )
        facts = {"patient": patient, "site": "s", "stain": "IHC", "split": "test"}
        made = {"translator": "there", "repeat": seed, "seed": 0}
        members[name] = ViewManifest(slide=name, store=home / f"{name}.zarr", tiles=TILES, **made, **facts)
    ends = {"source": "HE", "target": "IHC", "patients": (), "gates": {}}
    gate = GateManifest(
        translator="there", repeat=seed, members=members, quality=PooledQuality(slides=0, tiles=0), **ends
    )
    write_json(home / "index.json", gate.model_dump(mode="json"))
    return home / "index.json"


def test_views_are_segmented_in_place_of_tiles_those_of_its_own_repeat():
    gates = {"0": write_views(0, invert=False), "1": write_views(1, invert=True)}
    translators = dict.fromkeys(gates, write_generator("there"))
    found, made = scored(job("good", "good", groups={"gates": gates, "translators": translators}))
    assert found["in_domain", 0, "bpq"] > 0.9
    assert found["in_domain", 1, "bpq"] < 0.1
    _, plain = scored(job("good", "good"))
    assert [r.paired for r in made.records] == [r.paired for r in plain.records]  # the same labels


def test_tiles_that_all_seeds_see_are_read_once(monkeypatch):
    read = []
    whole = segmenter_score.Rows.__getitem__
    monkeypatch.setattr(segmenter_score.Rows, "__getitem__", lambda own, at: read.append(own.shape) or whole(own, at))
    scored(job("good", "blind"))
    images = [shape for shape in read if len(shape) == 4]
    assert (
        len(images) == 2 * -(-TILES // segmenter_score.BLOCK) + 2 * 3
    )  # blocks of two slides, three shown tiles twice


def test_one_that_learned_from_a_test_patient_is_refused():
    own = job("good")
    write_segmenter("good", 0, ("a", "d"))
    with pytest.raises(ProductError, match="it was trained on test patients: d"):
        run(own)


def test_a_translator_that_learned_from_a_test_patient_is_refused():
    groups = {"gates": {"0": write_views(0, invert=False)}, "translators": {"0": write_generator("there", ("c",))}}
    with pytest.raises(ProductError, match="it was trained on test patients: c"):
        run(job("good", groups=groups))


def test_labels_of_unknown_classes_are_refused(monkeypatch):
    monkeypatch.setattr(Fake, "classes", 1)
    with pytest.raises(ProductError, match="class id 2 in a mask, expected 0 to 1"):
        run(job("good"))


def test_test_patients_without_nuclei_have_no_dice_and_nothing_to_show(monkeypatch):
    whole = segmenter_score.Rows.__getitem__

    def without_labels(own, at):
        found = whole(own, at)
        return found if found.ndim == 4 else np.zeros_like(found)

    monkeypatch.setattr(segmenter_score.Rows, "__getitem__", without_labels)
    found, made = scored(job("blind", "good"))
    nowhere = ("dice", "iou", "f1", "bpq", "mpq", "aji", "tile_dice", "tile_iou", "tile_bpq", "tile_mpq")
    assert np.isnan([found["in_domain", 0, name] for name in nowhere]).all()
    assert found["in_domain", 0, "dice_with_background"] == 1
    in_vain = [found["in_domain", 1, name] for name in ("dice", "iou", "f1", "bpq", "mpq", "aji", "tile_dice")]
    assert in_vain == [0] * 7
    assert {record.n for record in made.records} == {TILES}
    with np.load(SCORES.with_suffix(".npz")) as file:
        assert not [name for name in file.files if name.startswith("shown/")]  # of the first seed


def test_without_a_labelled_test_slide_nothing_is_scored():
    with pytest.raises(ProductError, match="no slide of 'IHC' in the split 'test' is registered to labels 'nuclei'"):
        run(job("good", test="IHC"))
