from pathlib import Path

import numpy as np
import pytest

from pipeline.commands.check.estimate import Estimate, derived
from pipeline.commands.check.inspection import Inspection
from pipeline.study.study import load_study

STAINS = {"h": "HE", "i": "IHC", "bad": "HE"}
UNFIT = Inspection(stage="open", error="no", fix="copy it")


@pytest.fixture
def study():
    """One translator, from HE to IHC; HE is normalised; tiles of 256 px."""
    return load_study(Path(__file__).parents[3] / "workflow/studies/slides.yaml")


def estimate(study, found):
    stores = {stain: derived(study, stain) for stain in ("HE", "IHC")}
    return Estimate(found, STAINS, size=256, stores=stores)


def test_without_samples_pixels_are_the_bound(study):
    found = estimate(study, {"h": Inspection(tiles=10), "i": Inspection(tiles=7), "bad": UNFIT})
    raw = 256 * 256 * 3
    assert found.disk("h") == {"tile": 10 * raw, "normalize": 10 * raw, "synthesize": 10 * raw}
    assert found.disk("i") == {"tile": 7 * raw}
    assert found.disk("bad") == {}
    assert found.disk("h", "i", "bad")["tile"] == 17 * raw
    assert found.hours() is None


def test_every_repeat_of_a_translator_makes_its_views(study):
    translators = {name: own.model_copy(update={"repeats": 3}) for name, own in study.translate.items()}
    found = estimate(study.model_copy(update={"translate": translators}), {"h": Inspection(tiles=10)})
    assert found.disk("h")["synthesize"] == 3 * found.disk("h")["tile"]


def test_sample_tiles_say_what_a_tile_takes(study):
    noise = np.random.default_rng(0).integers(0, 256, (4, 256, 256, 3), np.uint8)
    flat = np.full((4, 256, 256, 3), 200, np.uint8)
    found = {"h": Inspection(tiles=100, sample=noise), "i": Inspection(tiles=100, sample=flat)}
    disk = estimate(study, found).disk("h")
    raw = 100 * 256 * 256 * 3
    assert disk["tile"] == disk["normalize"] == pytest.approx(raw, rel=0.01)
    assert 0 < disk["synthesize"] < 0.01 * raw  # its stain is that of the flat tiles


def test_a_study_that_normalises_nothing_writes_nothing(study):
    plain = study.model_copy(update={"normalize": study.normalize.model_copy(update={"method": "none"})})
    assert "normalize" not in estimate(plain, {"h": Inspection(tiles=1)}).disk("h")


def test_a_slide_takes_its_own_time_or_that_of_the_others(study):
    slow, unknown = Inspection(tiles=1000, cut=5, seconds=10.0), Inspection(tiles=500)
    assert estimate(study, {"h": slow, "i": unknown}).hours() == pytest.approx(3000 / 3600)


def test_what_later_phases_store_may_be_unknown():
    found = Estimate({"h": Inspection(tiles=10)}, STAINS, size=256, stores={})
    assert found.disk("h") == {"tile": 10 * 256 * 256 * 3}


def test_painted_tiles_take_disk_as_well(study):
    stores = {stain: derived(study, stain) for stain in ("HE", "IHC")}
    made = Estimate({"h": Inspection(tiles=10)}, STAINS, size=256, stores=stores, painted={"HE": 5, "nuclei": 5})
    assert made.all()["synthesize"] == made.disk("h")["synthesize"] + 10 * 256 * 256 * 3
    assert made.all()["tile"] == made.disk("h")["tile"]
    assert Estimate({}, STAINS, size=256, stores=stores, painted={"HE": 5}).all() == {}
