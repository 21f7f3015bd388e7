"""Segmenters, from simulated slides to figures and the page: real and painted tiles, views, a frozen encoder."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.labelled import labelled_slides
from pipeline.core.files import read_json
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.measures.figures import POOLED, read_figures
from pipeline.core.segmentation.segmenter import Segmenter
from pipeline.core.slides.labels import LabelImage
from pipeline.core.slides.region import Region
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study.sheet import write_sheet

from .conftest import TINY
from .test_loaded import ANY, PAINTED, counted, translator

pytestmark = pytest.mark.slow

UNET = {"method": "unet", "options": {"width": 4}}
ARMS = {
    "real": UNET,
    "few": {**UNET, "train": {"real": 0.5}},
    "added": {**UNET, "train": {"real": 0.5, "made": 0.25}},
    "hover": {"method": "hovernet", "options": {"width": 8}, "steps": 1},
    "frozen": {"method": "decoder", "encoder": "plain", "options": {"width": 4}},
    "tutoring": {**UNET, "learn_through": "he2ihc"},
    "adaptive": {**UNET, "test_through": "ihc2he"},
    "target": {**UNET, "images": "IHC"},
}
SEGMENT = {"images": "HE", "test": "IHC", "arms": ARMS, "baseline": "real", "seeds": [0, 1], "steps": 2, "batch": 4}
CYCLE = {**translator("cyclegan"), "pairing": "unpaired", "repeats": 2}
CONTENT = {
    **TINY,
    "tile": {**TINY["tile"], "phantom": {"size": 512}},
    "normalize": {"method": "none"},
    "translate": {
        "painter": translator("nasdm"),
        "maker": translator("masks"),
        "he2ihc": {**CYCLE, "source": "HE", "target": "IHC"},
        "ihc2he": {**CYCLE, "source": "IHC", "target": "HE"},
    },
    "synthesize": {
        "gates": {**TINY["synthesize"]["gates"], **ANY},
        "cohorts": {"made": {**PAINTED, "painter": "painter", "masks": "maker", "tiles": 40}},
    },
    "pretrain": {**TINY["pretrain"], "arms": {"plain": TINY["pretrain"]["arms"]["plain"]}, "seeds": [0, 1]},
    "segment": SEGMENT,
    "evaluate": {"tasks": {}},
}


def slides(patient):
    """H&E and IHC of a patient, which are not registered to each other, each with its own mask of nuclei."""
    he, ihc, nuclei = counted(patient, "data/phantom")
    cells = nuclei.changed(
        slide_id=f"{patient}-cells", path=f"data/phantom/{patient}-cells.tif", paired_with=ihc.slide_id
    )
    return [he, nuclei, ihc.changed(paired_with=""), cells]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study of which every job ran."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("segment"))
        Path("params.yaml").write_text(yaml.safe_dump(CONTENT))
        patients = {"a": "train", "b": "test"}
        rows = [own.changed(split=split) for p, split in patients.items() for own in slides(p)]
        write_sheet(Path("data/slides.csv"), rows)
        for job in Plan.here().jobs.values():
            run(job)
        yield Path()


def learned(arm, seed=1):
    return SegmenterManifest.read(Path(f"models/segmenters/{arm}/{seed}.json"))


def test_arms_learn_from_the_shares_that_they_say(made):
    cohort = Cohort.read(Path("data/normalized/index.json"))
    total = sum(one.slide.tiles for one in labelled_slides(cohort, images="HE", labels="nuclei", split="train"))
    half, quarter = int(total / 2 + 0.5), int(total / 4 + 0.5)
    assert {arm: learned(arm).learned for arm in ("real", "few", "added")} == {
        "real": {"real": total}, "few": {"real": half}, "added": {"real": half, "made": quarter},
    }  # fmt: skip
    assert {learned(arm).real for arm in ARMS if arm != "target"} == {total}
    assert all(learned(arm).patients == ("a",) for arm in ARMS)


def test_segmenters_know_what_they_read(made):
    read = {arm: (learned(arm).images, learned(arm).reads, learned(arm).through) for arm in ARMS}
    assert read["real"] == read["adaptive"] == ("HE", "HE", "")
    assert read["tutoring"] == ("HE", "IHC", "he2ihc")
    assert read["target"] == ("IHC", "IHC", "")
    assert [learned("hover").steps, learned("real").steps] == [1, 2]
    assert list(learned("real").classes) == ["gland", "lymphoid", "stroma", "tumour"]


def test_every_arm_is_scored_on_the_same_tiles_and_compared(made):
    figures = [f for f in read_figures(Path("results/figures.csv")) if f.task == "segment"]
    scored = {f.arm: f for f in figures if (f.seed, f.metric, f.split) == (POOLED, "dice", "in_domain")}
    assert scored.keys() == ARMS.keys()
    assert len({f.n for f in scored.values()}) == 1
    assert all(0 <= f.value <= 1 for f in scored.values())
    gains = {f.arm: f for f in figures if f.metric == "dice_gain"}
    assert gains.keys() == ARMS.keys() - {"real"}
    assert {f.against for f in gains.values()} == {"real"}
    assert gains["few"].value == pytest.approx(scored["few"].value - scored["real"].value, abs=1e-6)
    metrics = read_json(Path("results/metrics.json"))
    assert metrics["segment/in_domain/baseline"] == pytest.approx(scored["real"].value, abs=1e-6)


def test_a_segmenter_that_sees_views_is_not_the_one_that_sees_tiles(made):
    """Both learned from the same tiles by the same seed: their networks are one, and what they find is not."""
    assert learned("adaptive").weights == learned("real").weights
    found = {(f.arm, f.seed): f.value for f in read_figures(Path("results/figures.csv")) if f.metric == "dice"}
    assert found["adaptive", "0"] != found["real", "0"]
    assert learned("tutoring").weights != learned("real").weights


def test_the_page_shows_them(made):
    page = Path("results/report/index.html").read_text()
    assert 'id="segmenters"' in page
    assert "Best, median and worst test tile of tutoring" in page
    assert "U-Net (width 4), 0.5 of the real tiles, 0.25 painted: made" in page
    assert "Too few to say whether pictures that were made help" in page


def applied(arm, slide, *options, to):
    command = ["apply", arm, "--slide", f"data/phantom/{slide}.tif", "--to", to, "--repeat", "1", *map(str, options)]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    with closing(LabelImage(Path(to))) as image:
        assert (image.width, image.height) == (256, 256)  # of 1 um, the slide has 512 of 0.5
        return (*image.tile(0, 0, 256, 256), done.stderr)


@pytest.mark.parametrize("arm", ["real", "hover", "frozen"])
def test_a_whole_slide_has_the_labels_of_the_maps_of_its_windows(made, arm):
    mask, instance, said = applied(arm, "b-HE", "--overlap", 0, "--geojson", to=f"{arm}.tif")
    segmenter = Segmenter.load(learned(arm).folder)
    with closing(Region(Path("data/phantom/b-HE.tif"))) as region:
        windows = [[region.box(x, y, 64, 32) for x in range(0, 512, 64)] for y in range(0, 512, 64)]
    maps = np.concatenate([np.concatenate(segmenter.maps(np.stack(row)), 2) for row in windows], 1)
    expected = segmenter.network.labels(maps)
    assert np.array_equal(mask, expected[0])
    assert np.array_equal(instance > 0, expected[1] > 0)
    assert instance.max() == expected[1].max()
    assert f"{arm}, seed 1; objects: {instance.max()} (gland " in said
    assert len(json.loads(Path(f"{arm}.geojson").read_text())["features"]) == instance.max()


def test_a_whole_slide_is_segmented_as_its_view_where_the_arm_is_tested_so(made):
    mask, _, said = applied("adaptive", "b-IHC", to="adaptive.tif")
    assert "adaptive, seed 1, of views by ihc2he" in said
    plain, _, other = applied("target", "b-IHC", to="target.tif")
    assert "views" not in other
    assert not np.array_equal(mask, plain)
