"""Trials, as ``normalize`` writes them, to scores."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.manifests.trial import TrialManifest, TrialSlide
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.pools import load_scores
from pipeline.core.store.store import TileStore, write_store
from pipeline.evaluate.encoder_score import score_encoder
from pipeline.evaluate.extractor import load_extractor
from pipeline.evaluate.judged import Judged, of_study, parts, target_site
from pipeline.evaluate.normalizer_score import score_normalizer
from pipeline.evaluate.replicates import replicate_all
from tests.evaluate.conftest import SIZE, SLIDES, TILES, make_job, write_manifest


@pytest.fixture
def tried(study):
    """Writes a trial of the H&E slides: what ``change`` makes of their tiles; returns the path of its manifest."""
    members = IndexManifest.read(Path("data/normalized/index.json")).members
    tiled = {name: TileManifest.model_validate({k: v for k, v in own.items() if k in TileManifest.model_fields})
             for name, own in members.items()}  # fmt: skip
    content = {name: own.model_dump(mode="json") for name, own in tiled.items()}
    write_manifest("data/tiles/index.json", IndexManifest(members=content))

    def write(name="same", seed=0, reference="A", change=lambda images: images, rows=range(TILES)):
        own, rows = [slide for slide, facts in SLIDES.items() if facts[2] == "HE"], np.array(rows)
        images = np.concatenate([change(TileStore(tiled[slide].store).tiles(rows)) for slide in own])
        columns = {"xy": np.zeros((len(images), 2), np.int64), "row": np.tile(rows, len(own))}
        store = Path(f"data/normalized/trials/{name}/{seed}.zarr")
        digests = write_store(store, [images], columns, {}, size=SIZE)
        facts = ("patient", "site", "stain", "split")
        slides = [
            TrialSlide(
                slide=slide, first=place * len(rows), tiles=len(rows), **dict(zip(facts, SLIDES[slide], strict=False))
            )
            for place, slide in enumerate(own)
        ]
        manifest = TrialManifest(
            trial=name, seed=seed, method="toy", reference=reference, slides=slides, store=store, digests=digests
        )
        return write_manifest(store.with_suffix(".json"), manifest)

    return write


def job(*seeds, encoders=(), **spec):
    groups = {"seeds": {str(place): path for place, path in enumerate(seeds)}}
    if encoders:
        groups["encoders"] = {seed: Path(f"models/encoders/base/{seed}.json") for seed in encoders}
    return make_job("normalizers", "same", groups=groups, **spec)


def figures(manifest, task="normalize"):
    """(domain, metric) to values of every seed, and the seeds."""
    found, seeds = {}, []
    for own in replicate_all([manifest]):
        if own.task == task:
            seeds = own.seeds
            found |= {(own.domain, metric): values[:, :, 0].mean(1).tolist() for metric, values in own.values.items()}
    return found, seeds


def test_doing_nothing_keeps_all_and_gains_nothing(tried):
    found, seeds = figures(score_normalizer(job(tried())))
    assert seeds == (0,)
    for domain in ("in_domain", "unseen_site", "all"):
        assert found[domain, "ssim"] == pytest.approx([1])
    for domain in ("unseen_site", "all"):
        assert found[domain, "colour_distance/after"] == found[domain, "colour_distance/before"]
    assert found["all", "colour_after/dispersion"] == found["all", "colour_before/dispersion"]
    assert found["all", "colour_gap_after/A-C"] == found["all", "colour_gap_before/A-C"]
    assert ("in_domain", "colour_distance/after") not in found  # known test slides are all of the target's site
    assert found["unseen_site", "frechet/resnet18_16_untrained"][0] > 0


def test_what_is_darker_everywhere_is_farther_from_the_untouched_target(tried):
    darker = tried(change=lambda images: images // 2)
    found, _ = figures(score_normalizer(job(darker)))
    assert found["all", "ssim"][0] < 0.9
    assert found["unseen_site", "colour_distance/after"][0] > found["unseen_site", "colour_distance/before"][0] + 10


def test_seeds_are_one_subject(tried):
    both = [tried(seed=0), tried(seed=3, change=lambda images: images // 2)]
    found, seeds = figures(score_normalizer(job(*both)))
    assert seeds == (0, 3)
    assert found["all", "ssim"][0] == pytest.approx(1)
    assert found["all", "ssim"][1] < 0.9


def test_a_fixed_encoder_sees_the_untouched_tiles_as_ever(tried):
    """All tiles, copied: the probes of the fixed arm say what they say of the arm itself."""
    made = score_normalizer(job(tried(), encoders=("0", "1")))
    found, seeds = figures(made, "normalize/tissue")
    assert seeds == (0, 1)
    expected, _ = figures(score_encoder(make_job("encoders", "base", heads=["linear"])), "tissue")
    shared = [key for key in found if key[1].startswith(("few/", "linear/"))]
    assert {domain for domain, _ in shared} == {"in_domain", "unseen_site"}
    for key in shared:
        assert found[key] == pytest.approx(expected[key], abs=1e-5)


def test_repeats_of_normaliser_and_encoder_take_turns(tried):
    runs = [tried(seed=seed, change=lambda images, seed=seed: images // (seed + 1)) for seed in range(3)]
    found, seeds = figures(score_normalizer(job(*runs, encoders=("0", "1"))), "normalize/tissue")
    assert seeds == (0, 1, 2)
    alone, _ = figures(score_normalizer(job(runs[2], encoders=("0",))), "normalize/tissue")
    key = ("unseen_site", "linear/auroc")
    assert found[key][2] == pytest.approx(alone[key][0])  # the third repeat, the first encoder again


def test_a_sample_without_a_class_is_told(tried):
    with pytest.raises(ProductError, match="no training tile of a class") as error:
        score_normalizer(job(tried(rows=[0, 1, 3, 4]), encoders=("0",)))
    assert error.value.fix == "raise normalize.per_slide"


def test_an_encoder_of_another_stain_is_told(tried):
    path = tried()
    trial = TrialManifest.read(path)
    others = [
        own.model_copy(update={"slide": f"{own.patient}-IHC"}) for own in trial.slides if own.patient in ("A1", "A3")
    ]
    write_manifest(path, trial.model_copy(update={"slides": tuple(others)}))
    with pytest.raises(ProductError, match="slides of another stain") as error:
        score_normalizer(job(path, encoders=("0",)))
    assert error.value.where == "normalize.stains"


def test_an_encoder_that_was_trained_on_test_patients_is_refused(tried):
    with pytest.raises(ProductError, match="trained on test patients: A2"):
        score_normalizer(job(tried(), encoders=("0",), tested=["A2", "C1"]))


def test_every_score_has_what_its_interval_needs(tried):
    for score in load_scores(score_normalizer(job(tried()))):
        values = replicate(score.pool, len(score.patients))
        count = len(score.patients)
        shapes = {name: found.shape for name, found in values.items()}
        assert shapes == dict.fromkeys(values, (1, 1 + count if count > 1 else 1))  # of one patient nobody is left out


def judged(slide, site, split):
    none = Path(), np.zeros(0, int)
    return Judged(slide, slide, site, split, *none, *none, {}, {})


def test_a_study_judges_what_it_changed_and_the_site_that_others_were_brought_to():
    def made(slide, site, stain="HE", changed=True, tiles=9):
        facts = {"slide": slide, "patient": slide, "site": site, "stain": stain, "split": "train"}
        return NormalizedManifest(store=Path(slide), tiles=tiles, normalized=changed, **facts)

    slides = [
        made("a", "A", changed=False), made("b", "B"), made("none", "B", tiles=0),
        made("ihc", "A", stain="IHC", changed=False), made("elsewhere", "C", changed=False),
    ]  # fmt: skip
    tiled = {own.slide: TileManifest(store=Path("cut", own.slide), tiles=9, **own.facts()) for own in slides}
    found = of_study(slides, tiled, 3, "A")
    assert [own.slide for own in found] == ["a", "b"]
    assert [own.slide for own in of_study(slides, tiled, 3, None)] == ["b"]
    assert (found[1].source, found[1].result, found[1].rows.tolist()) == (Path("cut/b"), Path("b"), [0, 4, 8])
    with pytest.raises(ProductError, match="no tiles of a"):
        of_study(slides, {}, 3, "A")


def test_the_target_is_the_site_of_the_reference():
    slides = [judged("a", "x", "train"), judged("b", "y", "train"), judged("c", "y", "train"), judged("d", "z", "test")]
    assert [target_site(reference, slides) for reference in ("a", "b", "z", None)] == ["x", "y", "z", "y"]
    assert target_site(None, slides[:2]) == "x"


def test_parts_are_domains_of_test_patients_and_everyone():
    slides = [judged("a", "x", "train"), judged("b", "x", "test"), judged("c", "y", "test"), judged("d", "x", "val")]
    assert list(parts(slides, {"x"})) == [("in_domain", [1]), ("unseen_site", [2]), ("all", [0, 1, 2, 3])]


def test_the_extractor_is_the_same_whatever_was_drawn_before():
    images, found = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        found.append(load_extractor()(images))
        assert torch.initial_seed() == seed
    assert np.array_equal(*found)
    assert found[0].shape == (2, 128)
    assert found[0].std() > 0
